import { describe, expect, test } from "vitest";
import {
  type ArtifactRoot,
  baseName,
  formatPlace,
  fullPath,
  modelsIn,
  ownFiles,
  parsePlace,
  pathAndParents,
} from "./artifact-root.ts";

const run: ArtifactRoot = {
  kind: "run",
  id: "r1",
  label: "Run artifacts",
  uri: "mlflow-artifacts:/1/r1/artifacts",
};
const model: ArtifactRoot = {
  kind: "model",
  id: "m-1",
  label: "model",
  uri: "mlflow-artifacts:/1/models/m-1/artifacts",
};

describe("fullPath", () => {
  test("is the root's URI, and below it the path", () => {
    expect(fullPath({ root: run, path: "" })).toBe("mlflow-artifacts:/1/r1/artifacts");
    expect(fullPath({ root: model, path: "MLmodel" })).toBe(
      "mlflow-artifacts:/1/models/m-1/artifacts/MLmodel",
    );
  });
});

describe("places in an address", () => {
  test.each([
    [{ root: run, path: "" }, ""],
    [{ root: run, path: "notes/a.txt" }, "notes/a.txt"],
    [{ root: model, path: "" }, "models:/m-1/"],
    [{ root: model, path: "data/model.json" }, "models:/m-1/data/model.json"],
  ])("survive a round trip", (place, text) => {
    expect(formatPlace(place)).toBe(text);
    expect(parsePlace(text, [run, model])).toEqual(place);
  });

  test("fall back to the first root", () => {
    expect(parsePlace("models:/m-gone/MLmodel", [run, model])).toEqual({ root: run, path: "" });
  });
});

test("lists the folders on the way", () => {
  expect(pathAndParents("a/b/c.txt")).toEqual(["a", "a/b", "a/b/c.txt"]);
  expect(pathAndParents("")).toEqual([]);
});

test("names the last part", () => {
  expect([baseName("a/b.txt"), baseName("c")]).toEqual(["b.txt", "c"]);
});

test("shows a run's models once, in the run's root", () => {
  const files = [
    { path: "model", isDir: true },
    { path: "notes", isDir: true },
    { path: "a.txt", isDir: false, fileSizeBytes: 3 },
  ];
  const models = modelsIn({ root: run, path: "" }, [model]);
  expect(models).toEqual([model]);
  expect(ownFiles(files, models).map(({ path }) => path)).toEqual(["notes", "a.txt"]);
  expect(modelsIn({ root: run, path: "notes" }, [model])).toEqual([]);
});
