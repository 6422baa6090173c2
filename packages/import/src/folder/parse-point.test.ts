import fc from "fast-check";
import { expect, test } from "vitest";
import { parsePoint } from "./file-formats.ts";

test.each([
  ["1700000000000 0.5 3", { timestampMs: 1_700_000_000_000, value: 0.5, step: 3, rest: [] }],
  ["1 1e-05", { timestampMs: 1, value: 1e-5, step: 0, rest: [] }],
  ["1 nan -2", { timestampMs: 1, value: Number.NaN, step: -2, rest: [] }],
  ["1 -inf 0", { timestampMs: 1, value: Number.NEGATIVE_INFINITY, step: 0, rest: [] }],
  ["1 2.0 3 flights 0123", { timestampMs: 1, value: 2, step: 3, rest: ["flights", "0123"] }],
])("reads %s", (line, point) => {
  expect(parsePoint(line, "loss")).toEqual(point);
});

test.each(["", "1", "x 1 1", "1 x 1", "1 1 1.5", "1 0x10 1", "1 1 9007199254740993"])(
  "rejects %j",
  (line) => {
    expect(() => parsePoint(line, "loss")).toThrow("loss is not in MLflow's format");
  },
);

test("parses back any point", () => {
  fc.assert(
    fc.property(fc.double(), fc.maxSafeInteger(), fc.maxSafeNat(), (value, step, timestampMs) => {
      const point = parsePoint(`${timestampMs} ${value} ${step}\n`, "loss");
      // Text has no sign for zero.
      expect(point).toEqual({ value: value === 0 ? 0 : value, step, timestampMs, rest: [] });
    }),
  );
});
