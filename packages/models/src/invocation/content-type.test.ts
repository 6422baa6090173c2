import { expect, test } from "vitest";
import { parseContentType, UnsupportedContentType } from "./content-type.ts";

test.each([
  ["application/json", "json"],
  ["Application/JSON; charset=UTF-8", "json"],
  ["application/json; format=pandas-split", "pandas-split"],
  ['application/json;format="pandas-records"; charset=utf-8', "pandas-records"],
  ["text/csv", "csv"],
])("%s is %s", (header, format) => {
  expect(parseContentType(header)).toBe(format);
});

test.each([
  [undefined, "Got ''"],
  ["text/plain", "Got 'text/plain'"],
  ["application/json; charset=latin-1", "only supports UTF-8, got charset latin-1"],
  ["application/json; format=pandas-wide", "must be one of pandas-split, pandas-records, got pandas-wide"],
])("%s is refused", (header, message) => {
  expect(() => parseContentType(header)).toThrow(UnsupportedContentType);
  expect(() => parseContentType(header)).toThrow(message);
});
