import { isAppError } from "@flightdeck/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyBatch } from "../testing/span-arbitraries.ts";
import { spansFromOtlpJson, spansToOtlpJson } from "./otlp-json.ts";

test("a batch survives OTLP's JSON", () => {
  fc.assert(
    fc.property(anyBatch, (batch) => {
      expect(spansFromOtlpJson(JSON.parse(JSON.stringify(spansToOtlpJson(batch))))).toEqual([batch]);
    }),
  );
});

test("ids are hex in either case, and the root's parent id may be all zeros", () => {
  const [batch] = spansFromOtlpJson({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: "5B8EFFF798038103D269B633813FC60C",
                spanId: "EEE19B7EC3C1B174",
                parentSpanId: "0000000000000000",
                name: "I'm a server span",
                startTimeUnixNano: "1544712660000000000",
                endTimeUnixNano: 1544712661,
                kind: 2,
                status: { code: 2 },
              },
            ],
          },
        ],
      },
    ],
  });
  expect(batch?.spans[0]).toEqual({
    otelTraceId: "5b8efff798038103d269b633813fc60c",
    spanId: "eee19b7ec3c1b174",
    name: "I'm a server span",
    startTimeUnixNano: 1_544_712_660_000_000_000n,
    endTimeUnixNano: 1_544_712_661n,
    status: { code: "ERROR", message: "" },
    attributes: new Map(),
    events: [],
    links: [],
  });
});

const span = { traceId: "1".repeat(32), spanId: "2".repeat(16), startTimeUnixNano: "1" };

test.each([
  [{ ...span, traceId: "" }, "trace_id must have 16 bytes"],
  [{ ...span, traceId: "0".repeat(32) }, "trace_id must have 16 bytes"],
  [{ ...span, traceId: "x".repeat(32) }, "hex digits"],
  [{ ...span, spanId: "22" }, "span_id must have 8 bytes"],
  [{ ...span, parentSpanId: "22" }, "parent_span_id must have 8 bytes"],
  [{ ...span, startTimeUnixNano: "-1" }, "uint64"],
  [{ ...span, startTimeUnixNano: "soon" }, "uint64"],
  [{ ...span, endTimeUnixNano: "99999999999999999999" }, "uint64"],
  [{ ...span, name: "x".repeat(10_001) }, "name must have at most 10000 characters, got 10001"],
  [{ ...span, attributes: [{ value: {} }] }, "key"],
])("%j is refused", (wrong, words) => {
  expect(() => spansFromOtlpJson({ resourceSpans: [{ scopeSpans: [{ spans: [wrong] }] }] })).toThrow(words);
});

/** The JSON with one value replaced, chosen by its position in order. */
function replaced(json: unknown, place: { left: number }, value: unknown): unknown {
  if (place.left-- === 0) return value;
  if (Array.isArray(json)) return json.map((item) => replaced(item, place, value));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, replaced(item, place, value)]));
}

const nearlyOtlp = fc
  .tuple(anyBatch, fc.nat({ max: 80 }), fc.jsonValue({ maxDepth: 2 }))
  .map(([batch, left, value]) =>
    replaced(JSON.parse(JSON.stringify(spansToOtlpJson(batch))), { left }, value),
  );

test.each([
  ["is none", fc.jsonValue()],
  ["is nearly OTLP", nearlyOtlp],
])("JSON that %s fails with an error of the caller, or is read", (_name, anyJson) => {
  fc.assert(
    fc.property(anyJson, (json) => {
      try {
        spansFromOtlpJson(json);
      } catch (error) {
        expect(isAppError(error), String(error)).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});
