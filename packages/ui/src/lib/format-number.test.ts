import { describe, expect, it } from "vitest";
import { formatNumber, formatPlural } from "./format-number.ts";

describe("formatNumber", () => {
  it.each([
    [0, "0"],
    [0.5, "0.5"],
    [0.842319123, "0.84232"],
    [1234567, "1,234,567"],
    [-3, "-3"],
    [12345.678, "12346"],
    [0.000012345678, "1.2346e-5"],
    [2e12, "2e12"],
    [1.5e12, "1.5e12"],
    [0.1 + 0.2, "0.3"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "∞"],
    [Number.NEGATIVE_INFINITY, "−∞"],
  ])("shows %d as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe("formatPlural", () => {
  it("adds an s except for one", () => {
    expect([0, 1, 1200].map((count) => formatPlural(count, "run"))).toEqual([
      "0 runs",
      "1 run",
      "1,200 runs",
    ]);
  });
});
