import { expect } from "vitest";

/** The agreement with hyperopt that the golden tests require. */
const RELATIVE_TOLERANCE = 1e-9;

/** Fails unless both lists have the same length and agree to 1e-9: relative, or absolute where 0 is expected. */
export function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    const error = Math.abs(actual[i]! - value) / Math.abs(value || 1);
    expect(error, `element ${i}: ${actual[i]} instead of ${value}`).toBeLessThan(RELATIVE_TOLERANCE);
  });
}
