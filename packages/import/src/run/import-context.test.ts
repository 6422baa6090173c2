import { expect, test } from "vitest";
import { Notes } from "./import-context.ts";

test("counts equal notes, and shows the first ten of each kind", () => {
  const notes = new Notes();
  notes.addRepeated("once");
  for (let times = 0; times < 3; times++) notes.addRepeated("often");
  for (let file = 1; file <= 12; file++) notes.add("not copied", `file ${file}`);
  expect(notes.list()).toEqual([
    "once",
    "often (3 times)",
    ...Array.from({ length: 10 }, (_, index) => `not copied: file ${index + 1}`),
    "not copied: 2 more",
  ]);
});
