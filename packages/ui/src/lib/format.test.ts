import { describe, expect, test } from "vitest";
import { formatBytes, formatDuration, formatNumber, formatPlural, formatRelative } from "./format.ts";

describe("formatNumber", () => {
  test.each([
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
  test("adds an s except for one", () => {
    expect([0, 1, 1200].map((count) => formatPlural(count, "run"))).toEqual([
      "0 runs",
      "1 run",
      "1,200 runs",
    ]);
  });
});

describe("formatRelative", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  test.each([
    [4_000, "just now"],
    [-9_000, "just now"],
    [45_000, "45 s ago"],
    [5 * 60_000, "5 min ago"],
    [3 * 3_600_000 + 5, "3 h ago"],
    [49 * 3_600_000, "2 d ago"],
  ])("says how old %d ms are", (ageMs, text) => {
    expect(formatRelative(now - ageMs, now)).toBe(text);
  });

  test("gives the date for what is older than a month or lies ahead", () => {
    expect(formatRelative(now - 40 * 86_400_000, now)).toContain("2025");
    expect(formatRelative(now + 60_000, now)).toContain("2026");
  });
});

describe("formatDuration", () => {
  test.each([
    [0, "0 ms"],
    [340.4, "340 ms"],
    [12_440, "12.4 s"],
    [185_000, "3 min 5 s"],
    [119_700, "2 min"],
    [7_800_000, "2 h 10 min"],
    [357_000_000, "4 d 3 h"],
  ])("shows %d ms as %s", (spanMs, text) => {
    expect(formatDuration(spanMs)).toBe(text);
  });
});

describe("formatBytes", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1_234_567, "1.2 MB"],
    [345_600_000, "346 MB"],
    [7.5e15, "7500 TB"],
  ])("shows %d as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
