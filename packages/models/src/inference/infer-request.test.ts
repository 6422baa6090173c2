import fc from "fast-check";
import { expect, test } from "vitest";
import { type Datatype, decodeElements, encodeElements, type InferTensor } from "./datatypes.ts";
import { parseInferRequest } from "./infer-request.ts";
import { writeInferAnswer } from "./infer-response.ts";

const RANGES: Readonly<Record<Exclude<Datatype, "BYTES">, fc.Arbitrary<number | boolean>>> = {
  BOOL: fc.boolean(),
  UINT8: fc.integer({ min: 0, max: 255 }),
  UINT16: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  UINT32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  UINT64: fc.maxSafeNat(),
  INT8: fc.integer({ min: -128, max: 127 }),
  INT16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  INT32: fc.integer(),
  INT64: fc.maxSafeInteger(),
  FP32: fc.float(),
  FP64: fc.double(),
};

const tensor: fc.Arbitrary<InferTensor> = fc
  .constantFrom<Datatype>("BYTES", ...(Object.keys(RANGES) as Exclude<Datatype, "BYTES">[]))
  .chain((datatype) => {
    const element: fc.Arbitrary<number | boolean | string> =
      datatype === "BYTES" ? fc.string({ unit: "grapheme" }) : RANGES[datatype];
    return fc.array(element).map((values) => ({ name: "x", datatype, shape: [values.length], values }));
  });

test("every type of element survives binary", () => {
  fc.assert(
    fc.property(tensor, (sent) => {
      const read = decodeElements(encodeElements(sent), sent.datatype, sent.values.length);
      expect(read).toEqual(sent.values);
    }),
  );
});

test("a written answer can be read as a request, in JSON and in binary", () => {
  const nan = (value: unknown): unknown => (Object.is(value, -0) ? 0 : value); // JSON turns -0 into 0.
  const finite = tensor.filter(({ values }) => values.every((value) => Math.abs(Number(value)) !== Infinity));
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 5 }), fc.boolean(), (tensors, isBinary) => {
      const { body, headerLength } = writeInferAnswer("m", { inputs: [], isBinary }, tensors);
      const text = body.toString("utf8", 0, headerLength).replace('"outputs":', '"inputs":');
      const request = Buffer.concat([Buffer.from(text), body.subarray(headerLength ?? body.length)]);
      const length = headerLength === undefined ? undefined : String(Buffer.byteLength(text));
      const { inputs } = parseInferRequest(request, length);
      expect(inputs.map(({ values }) => values.map(nan))).toEqual(
        tensors.map((each) => each.values.map(nan)),
      );
    }),
  );
});

const x = (more: object): object => ({ inputs: [{ name: "x", datatype: "FP32", shape: [2], ...more }] });

test.each([
  ["text that is not JSON", "{", undefined, "the request is not JSON"],
  ["deep JSON", "[".repeat(5000), undefined, "nested deeper"],
  ["no inputs", {}, undefined, "inputs: "],
  [
    "too few elements",
    x({ data: [1] }),
    undefined,
    "data of input x must have 2 elements by its shape, got 1",
  ],
  ["an element of another type", x({ data: [1, "a"] }), undefined, 'must be FP32, got "a"'],
  ["a shape that claims more than memory holds", x({ shape: [1e9, 1e9], data: [] }), undefined, "got 0"],
  [
    "an empty shape that claims more rows than memory holds",
    x({ shape: [1e5, 1e5, 0], data: [] }),
    undefined,
    "at most 10000 rows without elements",
  ],
  ["an unknown type", x({ datatype: "FP8", data: [] }), undefined, "inputs.0.datatype"],
  ["bytes that are cut off", x({ parameters: { binary_data_size: 8 } }), "whole", "cut off"],
  [
    "a head that is longer than the body",
    x({ data: [1, 2] }),
    "100000",
    "Inference-Header-Content-Length must be 0..",
  ],
  [
    "a head's length that is not a number",
    x({ data: [1, 2] }),
    "x",
    "Inference-Header-Content-Length must be 0..",
  ],
])("refuses %s", (_, json, headerLength, message) => {
  const body = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
  const length = headerLength === "whole" ? String(body.length) : headerLength;
  expect(() => parseInferRequest(body, length)).toThrow(message);
});

test.each<Datatype>(["BOOL", "INT32", "INT64"])(
  "a missing value of type %s is refused in binary",
  (datatype) => {
    const missing: InferTensor = { name: "y", datatype, shape: [1], values: [Number.NaN] };
    const answer = (isBinary: boolean): string =>
      writeInferAnswer("m", { inputs: [], isBinary }, [missing]).body.toString();
    expect(() => answer(true)).toThrow(`y contains NaN, which binary ${datatype} cannot hold`);
    expect(answer(false)).toContain('"data":[null]');
  },
);

test("an array without elements is read, whatever its shape", () => {
  const body = Buffer.from(JSON.stringify(x({ shape: [0, 50_000], data: [] })));
  expect(parseInferRequest(body, undefined).inputs).toMatchObject([{ shape: [0, 50_000], values: [] }]);
});

test("bytes that belong to no input, and lengths that do not add up, are refused", () => {
  const head = Buffer.from(JSON.stringify(x({ data: [1, 2] })));
  const body = Buffer.concat([head, Buffer.alloc(3)]);
  expect(() => parseInferRequest(body, String(head.length))).toThrow("3 bytes belong to no input");
  expect(() => decodeElements(Buffer.from([255, 255, 255, 255, 1]), "BYTES", 1)).toThrow("got 5");
  expect(() => decodeElements(Buffer.alloc(8, 255), "UINT64", 1)).toThrow("within ±2^53");
});
