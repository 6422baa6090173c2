import { expect, test } from "vitest";
import { enforceParams } from "./enforce-params.ts";
import type { ParamSpec } from "./signature.ts";

const SPECS: readonly ParamSpec[] = [
  { name: "temperature", type: "double", default: 0.5 },
  { name: "top", type: "long", default: 1 },
  { name: "words", type: "string", default: ["a"], shape: [-1] },
];

test("missing parameters get their defaults, and undeclared ones are ignored", () => {
  const params = enforceParams({ temperature: 1, seed: 3 }, SPECS);
  expect(params).toEqual({ temperature: 1, top: 1, words: ["a"] });
  expect(enforceParams(undefined, SPECS)).toEqual({ temperature: 0.5, top: 1, words: ["a"] });
  expect(enforceParams({ seed: 3 }, undefined)).toBeUndefined();
});

test.each([
  [[], "Parameters must be a dictionary. Got type 'list'."],
  [
    { top: 0.5 },
    "Invalid parameters found: {('top', \"Can not safely convert `<class 'float'>` to `DataType.long` for value `0.5`\")}",
  ],
  [{ temperature: "hot" }, "Can not safely convert `<class 'str'>` to `DataType.double` for value `hot`"],
  [{ temperature: [1] }, "Value must be a scalar for type `DataType.double`"],
  [{ words: "a" }, "Value must be a 1D array with shape (-1,)"],
  [{ words: ["a", 1] }, "Can not safely convert `<class 'int'>` to `DataType.string`"],
])("%j is refused", (params, message) => {
  expect(() => enforceParams(params, SPECS)).toThrow(message);
});
