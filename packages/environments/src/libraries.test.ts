import fc from "fast-check";
import { expect, test } from "vitest";
import { defineLibraries } from "./libraries.ts";

const define = (requirement: string): readonly string[] =>
  defineLibraries([{ requirement }]).definition.dependencies;

test.each([
  "numpy",
  "mlflow==3.17.2",
  "'mlflow<=3.18.0.dev0'",
  "dask[complete] >= 2024.1, < 2025",
  "x~=1.0; python_version < '3.12'",
  "x (>=1)",
  "git+https://github.com/mlflow/mlflow@main",
  "mlflow @ https://example.com/mlflow-3.0-py3-none-any.whl",
  "/data/job-wheels/0a/tiny-1.0-py3-none-any.whl",
])("accepts %j", (requirement) => {
  expect(define(requirement)).toEqual([requirement.replace(/^'(.*)'$/, "$1")]);
});

test("adds known companions, and each index once", () => {
  const libraries = [
    { requirement: "mlflow==2.9.2", indexUrl: "https://one.example/simple" },
    { requirement: "x", indexUrl: "https://one.example/simple" },
  ];
  const { definition, remarks } = defineLibraries(libraries);
  expect(definition).toMatchObject({
    source: "2 libraries",
    python: [{ operator: "<", version: "3.12" }],
    dependencies: ["--extra-index-url https://one.example/simple", "mlflow==2.9.2", "x", "setuptools<81"],
  });
  expect(remarks).toEqual(["added   setuptools<81 (mlflow==2.9.2 needs it)"]);
});

test.each([
  "-r /etc/passwd",
  "--index-url=http://x",
  "-e .",
  ".",
  "../x",
  "/etc/x.txt",
  "x --pre",
  "x\ny",
  "file:///x",
  "x @ file:///y",
  "",
])("rejects %j", (requirement) => {
  expect(() => define(requirement)).toThrow("a library must be a requirement");
});

test.each(["/etc", "file:///x", "https://x y", "--pre"])("rejects the index %j", (indexUrl) => {
  expect(() => defineLibraries([{ requirement: "x", indexUrl }])).toThrow("the repo of a library");
});

test("whatever it accepts is a single line and not an option", () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom("x", " ", "-", "=", "\n", "\r", "'", "/", "@", ";")).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(text, (requirement) => {
      let taken: readonly string[];
      try {
        taken = define(requirement);
      } catch {
        return;
      }
      expect(taken).toHaveLength(1);
      expect(taken[0]).not.toMatch(/^-|\s-|[\r\n]/);
    }),
  );
});
