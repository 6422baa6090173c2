import { expect, test } from "vitest";
import { findCompanions } from "./find-companions.ts";
import { KNOWN_COMPANIONS } from "./known-companions.ts";

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

test("a package that is asked for is left as it is asked for", () => {
  const { requirements, remarks } = findCompanions(["mlflow==1.30.1", "NumPy==1.25", "SetupTools"]);
  expect(requirements).toEqual(["pandas<2", "sqlalchemy<2", "flask<2.3", "werkzeug<3"]);
  expect(remarks[0]).toBe("added   pandas<2 (mlflow==1.30.1 needs it)");
});

test("old releases name the Pythons that they have wheels for", () => {
  expect(findCompanions(["mlflow==1.30.1"]).python).toEqual([{ operator: "<", version: "3.12" }]);
  expect(findCompanions(["mlflow==3.17.2"]).python).toEqual([]);
  // Each constraint can be read: else `findCompanions` would throw for it.
  const { python } = findCompanions(KNOWN_COMPANIONS.map((each) => `${each.package}==0.1`));
  expect(python.length).toBeGreaterThan(0);
});
