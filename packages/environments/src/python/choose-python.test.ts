import { expect, test } from "vitest";
import { choosePython, type ChosenPython } from "./find-pythons.ts";
import { parseConstraints } from "./version-constraint.ts";

const installed = ["3.11.2", "3.8.18", "3.13.0", "3.11.7"].map((version) => ({
  version,
  path: `/${version}`,
}));
const choose = (wanted: string, bestEffort = false): ChosenPython =>
  choosePython({ installed, wanted: parseConstraints(wanted) ?? [], bestEffort });

test.each([
  ["", "3.11.2"],
  ["3.11", "3.11.2"],
  ["3.11.7", "3.11.7"],
  [">=3.12", "3.13.0"],
  ["<3.10", "3.8.18"],
])("%j chooses %s", (wanted, version) => {
  expect(choose(wanted)).toMatchObject({ version, isNearest: false });
});

test.each([
  ["3.8.5", "3.8.18"],
  ["3.12.1", "3.11.7"],
  ["3.14", "3.13.0"],
])("best effort for %s chooses %s", (wanted, version) => {
  expect(() => choose(wanted)).toThrow(`Python ${wanted} is not installed here`);
  expect(choose(wanted, true)).toMatchObject({ version, isNearest: true });
});

test("the error lists the installed versions", () => {
  expect(() => choose("3.8.5")).toThrow(
    "installed: 3.8.18, 3.11.2, 3.11.7, 3.13.0. Install it, or pass --best-effort to use 3.8.18",
  );
  expect(() => choosePython({ installed: [], wanted: [], bestEffort: true })).toThrow(
    "no Python 3 was found",
  );
});
