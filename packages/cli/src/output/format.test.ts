import { expect, test } from "vitest";
import { formatTable } from "./format.ts";

test("columns are as wide as their widest cell", () => {
  const rows = [
    ["1", "airline"],
    ["10", ""],
  ];
  expect(formatTable({ headers: ["Id", "Name"], rows })).toBe("Id  Name\n--  -------\n1   airline\n10");
});

test("a name cannot break the table or drive the terminal", () => {
  expect(formatTable({ headers: ["Name"], rows: [["a\nb\u001b[31m"]] })).toBe("Name\n--------\na b [31m");
});
