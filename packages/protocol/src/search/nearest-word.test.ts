import fc from "fast-check";
import { expect, test } from "vitest";
import { nearestWord } from "./search-error.ts";

test.each([
  ["hyperop", "hyperopt"],
  ["Simple", "simple"],
  ["simpel", "simple"],
  ["man", "main"],
])("%s most likely means %s", (typo, name) => {
  expect(nearestWord(typo, ["hyperopt", "simple", "main"])).toBe(name);
});

test("suggests nothing when no name is similar", () => {
  expect(nearestWord("evaluate", ["hyperopt", "simple", "main"])).toBeUndefined();
  expect(nearestWord("x", [])).toBeUndefined();
});

test("finds the name despite one typo anywhere", () => {
  const name = "hyperopt";
  fc.assert(
    fc.property(fc.nat(name.length - 1), fc.constantFrom("x", ""), (at, other) => {
      expect(nearestWord(name.slice(0, at) + other + name.slice(at + 1), [name, "main"])).toBe(name);
    }),
  );
});
