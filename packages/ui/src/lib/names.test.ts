import { expect, test } from "vitest";
import { cutInMiddle, shownLines, shownName, shownText } from "./names.ts";

test("direction marks and control characters are shown as replacements", () => {
  expect(shownText("run\u202Egnp.exe")).toBe("run�gnp.exe");
  expect(shownText("a\u0007b\nc\u2066d")).toBe("a�b c�d");
  expect(shownLines("a\nb\u0000")).toBe("a\nb�");
  expect(shownText("عملية 👩‍🔬 è")).toBe("عملية 👩‍🔬 è");
});

test("an invisible name is replaced by the ID", () => {
  for (const blank of ["", " ", "\u200b", "\u3164", "\u202e \u2060", "\n"])
    expect(shownName(blank, "id")).toBe("id");
  expect(shownName("trial 1", "id")).toBe("trial 1");
});

test("a long text is cut before its end, between characters", () => {
  expect(cutInMiddle("accuracy")).toEqual(["", "accuracy"]);
  expect(cutInMiddle("per_class/00/precision")).toEqual(["per_class/00/", "precision"]);
  expect(cutInMiddle("👩‍🔬".repeat(8)).join("")).toBe("👩‍🔬".repeat(8));
});
