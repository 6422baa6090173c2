import fc from "fast-check";
import { expect, test } from "vitest";
import { collect, collectPair, parseCount, parsePort } from "./options.ts";

test("a port is a whole number from 0 to 65535", () => {
  expect(parsePort("0")).toBe(0);
  expect(parsePort("65535")).toBe(65_535);
  for (const text of ["", "-1", "65536", "80.5", "0x50", "http"])
    expect(() => parsePort(text)).toThrow("from 0 to 65535");
  expect(() => parseCount("0")).toThrow("1 or more");
});

test("pairs are split at the first =, whatever the value contains", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[^=]+$/)), fc.string(), (names, value) => {
      let pairs: Readonly<Record<string, string>> | undefined;
      for (const name of names) pairs = collectPair(`${name}=${value}`, pairs);
      expect(
        Object.entries(pairs ?? {})
          .map(([name]) => name)
          .toSorted(),
      ).toEqual(names.toSorted());
      expect(Object.values(pairs ?? {}).every((each) => each === value)).toBe(true);
    }),
  );
});

test("a pair without a name or a value, or a name given twice, is refused", () => {
  expect(() => collectPair("depth")).toThrow("NAME=VALUE");
  expect(() => collectPair("=3")).toThrow("NAME=VALUE");
  expect(() => collectPair("a=2", collectPair("a=1"))).toThrow("a is given twice");
});

test("repeated options are collected in order", () => {
  expect(collect("b", collect("a"))).toEqual(["a", "b"]);
});
