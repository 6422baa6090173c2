import { expect, it } from "vitest";
import { imageMediaType, previewKind } from "./preview-kind.ts";

it.each([
  ["plots/roc.PNG", "image"],
  ["data.csv", "csv"],
  ["input_example.json", "json"],
  ["MLmodel", "text"],
  ["report.html", "text"],
  ["model.pkl", "binary"],
  ["folder.d/README", "text"],
])("shows %s as %s", (path, kind) => {
  expect(previewKind(path)).toBe(kind);
});

it("names an image's media type", () => {
  expect(imageMediaType("a/b.svg")).toBe("image/svg+xml");
});
