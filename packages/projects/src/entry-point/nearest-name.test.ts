import fc from "fast-check";
import { expect, test } from "vitest";
import { findNearestName } from "./nearest-name.ts";

test.each([
  ["hyperop", "hyperopt"],
  ["Simple", "simple"],
  ["simpel", "simple"],
  ["man", "main"],
])("%s most likely means %s", (slip, name) => {
  expect(findNearestName(slip, ["hyperopt", "simple", "main"])).toBe(name);
});

test("a name that is like none is not guessed at", () => {
  expect(findNearestName("evaluate", ["hyperopt", "simple", "main"])).toBeUndefined();
  expect(findNearestName("x", [])).toBeUndefined();
});

test("one slip anywhere is forgiven", () => {
  const name = "hyperopt";
  fc.assert(
    fc.property(fc.nat(name.length - 1), fc.constantFrom("x", ""), (at, other) => {
      expect(findNearestName(name.slice(0, at) + other + name.slice(at + 1), [name, "main"])).toBe(name);
    }),
  );
});
