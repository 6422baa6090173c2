import fc from "fast-check";
import { expect, test } from "vitest";
import { spanFromWire, spanSchema, spanToWire } from "./span.ts";
import { anySpan } from "./testing/span-arbitraries.ts";

test("a span survives the wire", () => {
  fc.assert(
    fc.property(anySpan, (span) => {
      expect(spanFromWire(spanSchema.parse(JSON.parse(JSON.stringify(spanToWire(span)))))).toEqual(span);
    }),
  );
});

test("ids are base64 and times are integers as text, as in protobuf's JSON encoding", () => {
  const wire = spanToWire({
    otelTraceId: "77bbc86aa6236e8c63127202f0360374",
    spanId: "3640d03753db5bb8",
    name: "outer",
    startTimeUnixNano: 1_795_503_801_225_081_450n,
    status: { code: "OK", message: "" },
    attributes: new Map([["a", null]]),
    events: [],
    links: [],
  });
  expect(wire).toEqual({
    trace_id: "d7vIaqYjboxjEnIC8DYDdA==",
    span_id: "NkDQN1PbW7g=",
    name: "outer",
    start_time_unix_nano: "1795503801225081450",
    status: { code: "STATUS_CODE_OK" },
    attributes: [{ key: "a" }],
  });
});
