import { isAppError } from "@flightdeck/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../limits.ts";
import { bytesFromBase64 } from "../wire-values.ts";
import type { Span } from "../span.ts";
import { encodeSpans, message } from "../testing/encode-spans.ts";
import { anyBatch } from "../testing/span-arbitraries.ts";
import { decodeSpans } from "./decode-spans.ts";

/** The bytes that MLflow's Python client 3.17.2 sent for a span of type LLM with an event. */
const STOCK_BODY =
  "Cv4CCmcKIgoWdGVsZW1ldHJ5LnNkay5sYW5ndWFnZRIICgZweXRob24KHgoSdGVsZW1ldHJ5LnNkay5uYW1lEggKBm1sZmxvdwohChV0ZWxlbWV0cnkuc2RrLnZlcnNpb24SCAoGMy4xNy4yEpICEo8CChA1rdiBbRc8pcWpU89u57H1EghzLnLCjRg/oCIIw4UuKBBY76oqBWNoaWxkOUcrJNcx6eoYQRskJ9cx6eoYSj4KFW1sZmxvdy50cmFjZVJlcXVlc3RJZBIlCiN0ci0zNWFkZDg4MTZkMTczY2E1YzVhOTUzY2Y2ZWU3YjFmNUoYCg9tbGZsb3cuc3BhblR5cGUSBQoDTExNSh8KEW1sZmxvdy5zcGFuSW5wdXRzEgoqCAoCGAEKAhgCShsKEm1sZmxvdy5zcGFuT3V0cHV0cxIFCgNvdXRKGQoTbWxmbG93LnNwYW5Mb2dMZXZlbBICGBRaFwkAWyXXMenqGBICZXYaCAoBeBIDCgExegIYAQ==";

test("decodes the bytes of MLflow's own client", () => {
  expect(decodeSpans(bytesFromBase64(STOCK_BODY))).toEqual([
    {
      resource: new Map([
        ["telemetry.sdk.language", "python"],
        ["telemetry.sdk.name", "mlflow"],
        ["telemetry.sdk.version", "3.17.2"],
      ]),
      spans: [
        {
          otelTraceId: "35add8816d173ca5c5a953cf6ee7b1f5",
          spanId: "732e72c28d183fa0",
          parentSpanId: "c3852e281058efaa",
          name: "child",
          startTimeUnixNano: 1_795_503_801_732_705_095n,
          endTimeUnixNano: 1_795_503_801_732_899_867n,
          status: { code: "OK", message: "" },
          attributes: new Map<string, unknown>([
            ["mlflow.traceRequestId", "tr-35add8816d173ca5c5a953cf6ee7b1f5"],
            ["mlflow.spanType", "LLM"],
            ["mlflow.spanInputs", [1n, 2n]],
            ["mlflow.spanOutputs", "out"],
            ["mlflow.spanLogLevel", 20n],
          ]),
          events: [
            { name: "ev", timeUnixNano: 1_795_503_801_732_782_848n, attributes: new Map([["x", "1"]]) },
          ],
          links: [],
        },
      ],
    },
  ]);
});

test("decodes encoded spans", () => {
  fc.assert(
    fc.property(fc.array(anyBatch, { maxLength: 3 }), (batches) => {
      expect(decodeSpans(encodeSpans(batches))).toEqual(batches);
    }),
  );
});

test("skips unknown fields", () => {
  const unknown = Uint8Array.from([...message(99, [1, 2, 3]), 0xf8, 0x06, 0x01]);
  expect(decodeSpans(unknown)).toEqual([]);
});

describe("untrusted bytes", () => {
  const outcome = (bytes: Uint8Array): void => {
    try {
      decodeSpans(bytes);
    } catch (error) {
      expect(isAppError(error)).toBe(true);
    }
  };

  test("are either decoded or refused", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), outcome), { numRuns: 2000 });
  });

  test("are either decoded or refused even when they are almost valid", () => {
    const stock = bytesFromBase64(STOCK_BODY);
    const index = fc.nat({ max: stock.length - 1 });
    fc.assert(
      fc.property(index, fc.nat({ max: 255 }), (at, byte) => outcome(stock.with(at, byte))),
      { numRuns: 2000 },
    );
    for (let length = 0; length < stock.length; length++) outcome(stock.slice(0, length));
  });

  test.each([
    ["a varint without an end", [0x0a, ...Array<number>(11).fill(0xff)]],
    ["a length beyond the end", [0x0a, 0x7f, 0x00]],
    ["a field of the number zero", [0x02, 0x00]],
    ["a field of another kind", [0x08, 0x01]],
  ])("%s is malformed", (_name, bytes) => {
    expect(() => decodeSpans(Uint8Array.from(bytes))).toThrow("not a protobuf message");
  });
});

describe("limits", () => {
  const span: Span = {
    otelTraceId: "1".repeat(32),
    spanId: "2".repeat(16),
    name: "s",
    startTimeUnixNano: 1n,
    status: { code: "OK", message: "" },
    attributes: new Map(),
    events: [],
    links: [],
  };

  test("too many spans are refused", () => {
    const one = [...encodeSpans([{ resource: new Map(), spans: [span] }])];
    const scope = Uint8Array.from(Array.from({ length: LIMITS.traceSpansMax + 1 }, () => one).flat());
    expect(() => decodeSpans(scope)).toThrow("at most 10000 spans");
  });

  test("too many values are refused, however few bytes they take", () => {
    const values = Array.from({ length: LIMITS.otlpValuesMax }, () => [0x0a, 0x00]).flat();
    const list = concat(0x2a, values);
    const attribute = concat(0x4a, concat(0x12, list));
    const body = concat(0x0a, concat(0x12, concat(0x12, attribute)));
    expect(() => decodeSpans(Uint8Array.from(body))).toThrow("at most 500000 values");
  });

  test("attributes nested too deeply are refused", () => {
    let value: readonly number[] = [];
    for (let level = 0; level < LIMITS.attributeDepthMax + 2; level++) value = message(5, message(1, value));
    const body = message(1, message(2, message(2, message(9, message(2, value)))));
    expect(() => decodeSpans(Uint8Array.from(body))).toThrow("nested deeper than 32 levels");
  });

  /** A field whose length takes at most four bytes, without spreading a large list over arguments. */
  function concat(tag: number, bytes: readonly number[]): readonly number[] {
    const { length } = bytes;
    const lengthBytes = [length & 127, (length >> 7) & 127, (length >> 14) & 127].map((byte) => byte | 128);
    return [[tag], lengthBytes, [length >> 21], bytes].flat();
  }
});
