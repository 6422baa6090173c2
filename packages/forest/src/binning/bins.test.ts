import fc from "fast-check";
import { expect, test } from "vitest";
import { halfWay } from "../grow/grow-job.ts";
import { assignBins, binEdges } from "./bins.ts";

const floats = fc.oneof(
  fc.float({ noNaN: true }),
  fc.integer({ min: -3, max: 3 }).map(Number),
  fc.constantFrom(Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45, 0).map(Math.fround),
);
const sample = fc.array(floats, { minLength: 1, maxLength: 300 }).map((values) => Float32Array.from(values));
const maxBins = fc.integer({ min: 2, max: 255 });

test("a few values get one bin each, with edges midway", () => {
  expect(binEdges(Float32Array.of(3, 1, 1, 2), 255)).toEqual(Float32Array.of(1.5, 2.5));
  expect(binEdges(Float32Array.of(7, 7), 255)).toHaveLength(0);
  expect(binEdges(new Float32Array(0), 255)).toHaveLength(0);
});

test("many values are distributed evenly", () => {
  const edges = binEdges(
    Float32Array.from({ length: 10_000 }, (_, i) => i),
    100,
  );
  expect(edges).toHaveLength(99);
  expect(edges.every((edge, i) => edge === (i + 1) * 100 - 0.5)).toBe(true);
});

test("a value that makes up a whole share leaves the other bins to the rest", () => {
  const values = Float32Array.from({ length: 10_000 }, (_, i) => (i < 9000 ? 0 : i));
  expect(binEdges(values, 101)).toHaveLength(100);
});

test("edges ascend, are at most maxBins − 1, and separate all values if there are few", () => {
  fc.assert(
    fc.property(sample, maxBins, (values, bins) => {
      const edges = binEdges(values.slice(), bins);
      expect(edges.length).toBeLessThan(bins);
      for (let i = 1; i < edges.length; i++) expect(edges[i]! > edges[i - 1]!).toBe(true);
      const distinct = new Set(values.map((value) => value + 0));
      if (distinct.size <= bins) expect(edges).toHaveLength(distinct.size - 1);
    }),
  );
});

test("the bin of a value is the first whose edge is not below it, counted from 1, and NaN's is 0", () => {
  fc.assert(
    fc.property(sample, maxBins, fc.array(fc.float()), (values, bins, others) => {
      const edges = binEdges(values.slice(), bins);
      const all = Float32Array.from([...values, ...others]);
      const bytes = new Uint8Array(all.length * 3);
      assignBins({ values: all, edges }, bytes, 3, 1);
      all.forEach((value, row) => {
        const first = edges.findIndex((edge) => value <= edge);
        const expected = 1 + (first === -1 ? edges.length : first);
        expect(bytes[row * 3 + 1]).toBe(Number.isNaN(value) ? 0 : expected);
      });
    }),
  );
});

test("halfWay is in [low, high) for any two floats", () => {
  fc.assert(
    fc.property(floats, floats, (a, b) => {
      fc.pre(a !== b);
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const middle = halfWay(low, high);
      expect(middle >= low && middle < high && middle === Math.fround(middle)).toBe(true);
    }),
  );
});
