import { expect, test } from "vitest";
import { castCell, castText } from "./cast-cell.ts";
import type { ColumnType } from "./signature.ts";

test.each<[unknown, ColumnType, number]>([
  [3.5, "double", 3.5],
  [null, "float", Number.NaN],
  [true, "double", 1],
  [" 1.5e1 ", "double", 15],
  ["-inf", "float", Number.NEGATIVE_INFINITY],
  [3.9, "long", 3],
  [-3.9, "integer", -3],
  ["12", "integer", 12],
  [false, "long", 0],
  [2, "boolean", 1],
])("%j in a column of type %s is %d", (cell, type, number) => {
  expect(castCell(cell, { name: "a", type, required: true })).toBe(number);
});

test.each<[unknown, ColumnType, string]>([
  ["x", "double", "Failed to convert column a to type 'float64'. Got \"x\"."],
  ["", "float", "'float32'"],
  ["0x10", "double", "'float64'"],
  [null, "long", "to type 'int64'. Got null."],
  ["3.5", "integer", "'int32'"],
  [2 ** 31, "integer", "'int32'"],
  [1e30, "long", "'int64'"],
  [Number.NaN, "long", "'int64'"],
  [[1], "double", "Got [1]."],
  ["x", "datetime", "'datetime'"],
])("%j in a column of type %s is refused", (cell, type, message) => {
  expect(() => castCell(cell, { name: "a", type, required: true })).toThrow(message);
});

test("a string column accepts only strings", () => {
  const spec = { name: "a", type: "string", required: true } as const;
  expect([castText("x", spec), castText(null, spec)]).toEqual(["x", null]);
  expect(() => castText(3, spec)).toThrow("Got 3.");
});
