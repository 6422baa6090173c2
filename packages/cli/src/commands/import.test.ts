import { COUNTED, type ImportCounts } from "@flightdeck/import";
import { expect, test } from "vitest";
import { formatCounts } from "./import.ts";

const counts = Object.fromEntries(COUNTED.map((counted, index) => [counted, index])) as ImportCounts; // With every key.

test("counts are shown side by side, and missing objects are marked", () => {
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
