import { expect, test } from "vitest";
import { findCompanions, KNOWN_COMPANIONS } from "./libraries.ts";

test.each([
  ["mlflow==1.30.1", ["setuptools<81", "numpy<2", "pandas<2", "sqlalchemy<2", "flask<2.3", "werkzeug<3"]],
  ["mlflow[extras] == 2.9.2", ["setuptools<81"]],
  ["MLflow==2.9.2 ; python_version > '3'", ["setuptools<81"]],
  ["mlflow==2.22.4", []],
  ["mlflow==3.17.2", []],
  ["mlflow", []],
  ["mlflow>=1.30", []],
  ["mlflow-skinny==1.30.1", []],
  ["git+https://github.com/mlflow/mlflow", []],
])("%s needs %j", (requirement, expected) => {
  expect(findCompanions([requirement]).requirements).toEqual(expected);
});

test("a package that the caller lists is not overridden", () => {
  const { requirements, remarks } = findCompanions(["mlflow==1.30.1", "NumPy==1.25", "SetupTools"]);
  expect(requirements).toEqual(["pandas<2", "sqlalchemy<2", "flask<2.3", "werkzeug<3"]);
  expect(remarks[0]).toBe("added   pandas<2 (mlflow==1.30.1 needs it)");
});

test("old releases limit Python to versions with wheels", () => {
  expect(findCompanions(["mlflow==1.30.1"]).python).toEqual([{ operator: "<", version: "3.12" }]);
  expect(findCompanions(["mlflow==3.17.2"]).python).toEqual([]);
  // Checks that every constraint in the table parses: `findCompanions` throws otherwise.
  const { python } = findCompanions(KNOWN_COMPANIONS.map((each) => `${each.package}==0.1`));
  expect(python.length).toBeGreaterThan(0);
});
