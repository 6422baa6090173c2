import fc from "fast-check";
import type { Attributes, AttributeValue } from "../wire-values.ts";
import type { Span, SpanBatch } from "../span.ts";

const hex = (digits: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 1, max: 15 }), { minLength: digits, maxLength: digits })
    .map((values) => values.map((value) => value.toString(16)).join(""));

const text = fc.string({ unit: "grapheme" });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const unixNano = fc.bigInt({ min: 1n, max: 2n ** 63n });

/** Attributes of every kind, nested a few levels deep. */
export const anyAttributes: fc.Arbitrary<Attributes> = fc.letrec<{ value: AttributeValue; map: Attributes }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      text,
      fc.boolean(),
      int64,
      fc.double().map((value) => (value === 0 ? 0 : value)), // JSON does not distinguish -0 from 0.
      fc.constant(null),
      fc.uint8Array({ maxLength: 8 }),
      fc.array(tie("value"), { maxLength: 3 }),
      tie("map"),
    ),
    map: fc.array(fc.tuple(text, tie("value")), { maxLength: 3 }).map((entries) => new Map(entries)),
  }),
).map;

export const anySpan: fc.Arbitrary<Span> = fc.record(
  {
    otelTraceId: hex(32),
    spanId: hex(16),
    parentSpanId: hex(16),
    name: text,
    startTimeUnixNano: unixNano,
    endTimeUnixNano: unixNano,
    status: fc.record({
      code: fc.constantFrom("UNSET" as const, "OK" as const, "ERROR" as const),
      message: text,
    }),
    attributes: anyAttributes,
    events: fc.array(fc.record({ name: text, timeUnixNano: unixNano, attributes: anyAttributes }), {
      maxLength: 2,
    }),
    links: fc.array(fc.record({ otelTraceId: hex(32), spanId: hex(16), attributes: anyAttributes }), {
      maxLength: 2,
    }),
  },
  {
    requiredKeys: [
      "otelTraceId",
      "spanId",
      "name",
      "startTimeUnixNano",
      "status",
      "attributes",
      "events",
      "links",
    ],
  },
);

export const anyBatch: fc.Arbitrary<SpanBatch> = fc.record({
  resource: anyAttributes,
  spans: fc.array(anySpan, { minLength: 1, maxLength: 3 }),
});
