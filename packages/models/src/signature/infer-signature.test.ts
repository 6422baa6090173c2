import { Frame } from "@flightdeck/frame";
import { expect, test } from "vitest";
import { inferSignature } from "./infer-signature.ts";

test("names and types every column, and the predictions as an array", () => {
  const frame = Frame.fromColumns([
    { name: "a", dtype: "float32", values: Float32Array.of(1), nulls: undefined },
    { name: "b", dtype: "int64", values: Float64Array.of(1), nulls: undefined },
    { name: "c", dtype: "string", values: ["x"], nulls: undefined },
  ]);
  expect(inferSignature(frame, [0, 1])).toEqual({
    inputs: {
      kind: "columns",
      columns: [
        { name: "a", type: "float", required: true },
        { name: "b", type: "long", required: true },
        { name: "c", type: "string", required: true },
      ],
    },
    outputs: { kind: "tensors", tensors: [{ dtype: "int64", shape: [-1] }] },
  });
});

test.each([
  [[true, false], "bool"],
  [[0.5], "float64"],
  [["late"], "str"],
])("%j is %s", (outputs, dtype) => {
  const { outputs: schema } = inferSignature(Frame.fromRows({ columns: ["a"], data: [[1]] }), outputs);
  expect(schema).toMatchObject({ tensors: [{ dtype }] });
});
