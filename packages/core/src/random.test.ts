import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "./random.ts";

test("the same seed gives the same numbers", () => {
  const a = new Random(7);
  const b = new Random(7);
  for (let i = 0; i < 100; i++) expect(a.nextUint32()).toBe(b.nextUint32());
});

test("nextInt reaches every value below its bound", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer(), (bound, seed) => {
      const random = new Random(seed);
      const seen = new Set<number>();
      for (let i = 0; i < 2000; i++) seen.add(random.nextInt(bound));
      expect(Math.max(...seen)).toBeLessThan(bound);
      expect(seen.size).toBe(bound);
    }),
    { numRuns: 20 },
  );
});

test("floats are uniform and normals have mean 0 and variance 1", () => {
  const random = new Random(1);
  const n = 200_000;
  let sum = 0;
  let normalSum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    sum += random.nextFloat();
    const z = random.nextNormal();
    normalSum += z;
    squares += z * z;
  }
  expect(sum / n).toBeCloseTo(0.5, 2);
  expect(normalSum / n).toBeCloseTo(0, 1);
  expect(squares / n).toBeCloseTo(1, 1);
});
