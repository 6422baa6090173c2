import { Random } from "@flightdeck/core";
import { expect, test } from "vitest";
import { bootstrapEntries } from "./bootstrap.ts";

const weightOf = (entries: Uint32Array): number => entries.reduce((sum, entry) => sum + (entry & 15), 0);

test("draws as many rows as there are, in order, some 63.2 % of them at least once", () => {
  const entries = bootstrapEntries(100_000, new Random(1));
  expect(weightOf(entries)).toBe(100_000);
  expect(entries.length / 100_000).toBeCloseTo(1 - Math.exp(-1), 2);
  expect(entries.every((entry, i) => i === 0 || entry >>> 4 > (entries[i - 1] ?? 0) >>> 4)).toBe(true);
});

test("is the same for the same generator", () => {
  expect(bootstrapEntries(100, new Random(1))).toEqual(bootstrapEntries(100, new Random(1)));
  expect(bootstrapEntries(100, new Random(1))).not.toEqual(bootstrapEntries(100, new Random(2)));
});

test("a row drawn more often than a weight holds has several entries", () => {
  const always0 = Object.assign(new Random(0), { nextFloat: () => 0 });
  expect(Array.from(bootstrapEntries(40, always0))).toEqual([15, 15, 10]);
});

test("without a generator every row comes once", () => {
  expect(Array.from(bootstrapEntries(3, undefined))).toEqual([1, 17, 33]);
});
