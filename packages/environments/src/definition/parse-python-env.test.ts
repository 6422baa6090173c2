import { expect, test } from "vitest";
import { parsePythonEnv } from "./read-definition.ts";

const place = { source: "python_env.yaml", folder: "/p" };

test("an unquoted version is read as text, not as a number", () => {
  const text =
    "python: 3.10\nbuild_dependencies: [pip, wheel]\ndependencies:\n  - -r requirements.txt\n  - click\n";
  expect(parsePythonEnv(text, place)).toEqual({
    kind: "python_env",
    ...place,
    python: [{ operator: "=", version: "3.10" }],
    buildDependencies: ["pip", "wheel"],
    dependencies: ["-r requirements.txt", "click"],
  });
});

test("every field may be missing or empty", () => {
  const nothing = { python: [], buildDependencies: [], dependencies: [] };
  expect(parsePythonEnv("{}", place)).toMatchObject(nothing);
  expect(parsePythonEnv("python:\ndependencies:\n", place)).toMatchObject(nothing);
});

test.each([
  ["python: newest", "line 1: python must be a version"],
  [
    "python: '3.11'\npackages: [a]",
    "must contain only python, build_dependencies and dependencies, got packages",
  ],
  ["dependencies: click", "line 1: dependencies must be a list"],
  ["dependencies:\n - {a: b}", "line 2: dependencies.0 must be a requirement"],
  ["[", "line 1"],
])("rejects %j", (text, message) => {
  expect(() => parsePythonEnv(text, place)).toThrow(message);
});
