import fc from "fast-check";
import { expect, test } from "vitest";
import { readGolden } from "../testing/golden.ts";
import { belowCount, lowestLosses } from "./lowest-losses.ts";

test.each(readGolden().split_sizes_gamma_0_25)("of %i trials %i are good", (count, below) => {
  expect(belowCount(count, 0.25)).toBe(below);
});

test("picks what a stable sort puts first, missing and NaN losses last", () => {
  const loss = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom(undefined, Number.NaN, Infinity));
  fc.assert(
    fc.property(fc.array(loss), fc.nat({ max: 10 }), (losses, count) => {
      const key = (index: number): number => {
        const value = losses[index];
        return value === undefined || Number.isNaN(value) ? 1e9 : Math.min(value, 1e9);
      };
      const sorted = losses.map((_, index) => index).sort((a, b) => key(a) - key(b));
      expect(lowestLosses(losses, count)).toEqual(sorted.slice(0, count));
    }),
  );
});
