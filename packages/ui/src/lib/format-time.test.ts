import { describe, expect, it } from "vitest";
import { formatDuration, formatRelative } from "./format-time.ts";

describe("formatRelative", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  it.each([
    [4_000, "just now"],
    [-9_000, "just now"],
    [45_000, "45 s ago"],
    [5 * 60_000, "5 min ago"],
    [3 * 3_600_000 + 5, "3 h ago"],
    [49 * 3_600_000, "2 d ago"],
  ])("says how old %d ms are", (ageMs, text) => {
    expect(formatRelative(now - ageMs, now)).toBe(text);
  });

  it("gives the date for what is older than a month or lies ahead", () => {
    expect(formatRelative(now - 40 * 86_400_000, now)).toContain("2025");
    expect(formatRelative(now + 60_000, now)).toContain("2026");
  });
});

describe("formatDuration", () => {
  it.each([
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
