import { COUNTED, type ImportCounts } from "@flightdeck/import";
import { expect, test } from "vitest";
import { formatCounts } from "./format-counts.ts";

const counts = Object.fromEntries(COUNTED.map((counted, index) => [counted, index])) as ImportCounts; // All of them.

test("counts stand side by side, and what is missing is marked", () => {
  const lines = formatCounts(counts, { ...counts, runs: 0, tags: 9 }).split("\n");
  expect(lines.slice(0, 6)).toEqual([
    "                   Source  Target",
    "-----------------  ------  -------------",
    "experiments        0       0",
    "runs               1       0 (missing 1)",
    "params             2       2",
    "tags               3       9",
  ]);
});

test("a dry run shows one column", () => {
  expect(formatCounts(counts).split("\n")[3]).toBe("runs               1");
});
