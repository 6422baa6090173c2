import { parseModelFiles } from "@flightdeck/artifacts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkNewName } from "./unity-catalog-names.ts";

describe("a path of the Files API below /Models", () => {
  test.each([
    ["Models/a/b/c/1", { name: "a.b.c", version: "1", path: "" }],
    ["Models/a/b/c/12/data/model.pkl", { name: "a.b.c", version: "12", path: "data/model.pkl" }],
    ["Models/rapids_mlflow_cli/1/MLmodel", { name: "rapids_mlflow_cli", version: "1", path: "MLmodel" }],
    ["Models/m/1/x/2/y", { name: "m", version: "1", path: "x/2/y" }],
    ["Models/7/1/x", { name: "7", version: "1", path: "x" }],
  ])("%s belongs to a version", (path, files) => {
    expect(parseModelFiles(path)).toEqual(files);
  });

  test.each([
    "Models",
    "Models/a",
    "Models/a/b/c",
    "Models/a/b/c/d",
    "Models/a/b/c/-1",
    "Models/a.b.c/1",
    "x",
  ])("%s does not belong to a version", (path) => {
    expect(parseModelFiles(path)).toBeUndefined();
  });

  test("belongs to exactly one version, for every valid model name", () => {
    const level = fc.string({
      minLength: 1,
      maxLength: 5,
      unit: fc.constantFrom("a", "1", "0", "_", " ", "-"),
    });
    const names = fc.oneof(
      level.map((model) => [model]),
      fc.array(level, { minLength: 3, maxLength: 3 }),
    );
    fc.assert(
      fc.property(names, fc.nat(), fc.array(level, { maxLength: 4 }), (levels, version, segments) => {
        const name = levels.join(".");
        fc.pre(isAllowed(name));
        const path = segments.join("/");
        const text = ["Models", ...levels, String(version), ...segments].join("/");
        expect(parseModelFiles(text)).toEqual({ name, version: String(version), path });
      }),
    );
  });
});

test.each([
  "a.b",
  "a.b.c.d",
  "a..c",
  ".b.c",
  "a.b.",
  " ",
  "a. .c",
  "a.1.c",
  "a.b.c/d",
  "a.b.c\\d",
  "a.b.c#",
  "a.b.\0",
])("%j is not a valid model name", (name) => {
  expect(() => checkNewName(name)).toThrow(/Invalid/);
});

function isAllowed(name: string): boolean {
  try {
    checkNewName(name);
    return true;
  } catch {
    return false;
  }
}
