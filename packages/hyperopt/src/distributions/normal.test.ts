import fc from "fast-check";
import { expect, test } from "vitest";
import { expNegative } from "./normal.ts";

test("agrees with Math.exp to 1e-13 below 40", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 40, maxExcluded: true, noNaN: true }), (u) => {
      expect(Math.abs(expNegative(u) / Math.exp(-u) - 1)).toBeLessThan(1e-13);
    }),
    { numRuns: 2000 },
  );
});

test("expNegative is 1 at 0 and 0 from 40 on", () => {
  expect(expNegative(0)).toBe(1);
  expect(expNegative(40)).toBe(0);
  expect(expNegative(Infinity)).toBe(0);
});
