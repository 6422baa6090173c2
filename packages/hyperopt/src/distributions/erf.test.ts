import { expect, test } from "vitest";
import { erf } from "./erf.ts";

// To 17 digits, from the C library's erf.
const KNOWN: readonly (readonly [x: number, erf: number])[] = [
  [1e-10, 1.1283791670955126e-10],
  [0.01, 0.011283415555849616],
  [0.3, 0.3286267594591274],
  [0.84, 0.7651427114549946],
  [0.85, 0.7706680576083526],
  [1.0, 0.8427007929497149],
  [1.24, 0.9205051842990297],
  [1.26, 0.9252359418101295],
  [2.0, 0.9953222650189527],
  [2.85, 0.9999443437200386],
  [2.86, 0.9999475988269556],
  [3.5, 0.9999992569016276],
  [5.9, 0.9999999999999999],
];

test.each(KNOWN)("erf(%d)", (x, expected) => {
  expect(Math.abs(erf(x) - expected)).toBeLessThanOrEqual(3e-16 * Math.abs(expected));
  expect(erf(-x)).toBe(-erf(x));
});

test("saturates at 1 and returns NaN for NaN", () => {
  expect(erf(Infinity)).toBe(1);
  expect(erf(-7)).toBe(-1);
  expect(erf(Number.NaN)).toBeNaN();
});
