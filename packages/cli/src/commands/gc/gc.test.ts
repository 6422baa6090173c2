import { describe, expect, test } from "vitest";
import { parseAge, parseIds } from "./gc.ts";

describe("an age", () => {
  test.each([
    ["1d2h3m4s", 93_784_000],
    ["1.5d", 129_600_000],
    ["8h", 28_800_000],
    [".5s", 500],
  ])("%s", (text, ageMs) => {
    expect(parseAge(text)).toBe(ageMs);
  });

  test.each(["", "1", "d", "4s1d", "1.2.3d", "-1d", "1w"])("%j is refused", (text) => {
    expect(() => parseAge(text)).toThrow("It must be a time such as");
  });
});

test("ids are separated by commas, and an empty one is refused", () => {
  expect(parseIds("a, b")).toEqual(["a", "b"]);
  for (const text of ["", "a,", " "]) expect(() => parseIds(text)).toThrow("comma-separated");
});
