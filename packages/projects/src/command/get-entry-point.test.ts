import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadProject } from "../project/parse-ml-project.ts";
import { getEntryPoint } from "./get-entry-point.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "entry-point-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

test("finds a declared entry point whatever the case of the MLproject file's name", async () => {
  await writeFile(join(folder, "mlProject"), "entry_points: {hyperopt: {command: node train.ts}}");
  const entryPoint = getEntryPoint(await loadProject(folder), "hyperopt", {});
  expect(entryPoint).toEqual({ name: "hyperopt", command: "node train.ts", parameters: [] });
});

test("the error for an unknown entry point suggests the nearest name, or lists all", async () => {
  await writeFile(join(folder, "MLproject"), "entry_points: {hyperopt: {command: a}, simple: {command: b}}");
  const project = await loadProject(folder);
  expect(() => getEntryPoint(project, "hyperop", {})).toThrow(
    `entry point "hyperop" is not in ${project.folder}/MLproject; did you mean "hyperopt"?`,
  );
  expect(() => getEntryPoint(project, "main", {})).toThrow("; it has hyperopt, simple");
});

test("without an MLproject file, scripts run by convention", async () => {
  await writeFile(join(folder, "my train.ts"), "");
  await writeFile(join(folder, "a{b}.py"), "");
  await writeFile(join(folder, "it's.R"), "");
  const project = await loadProject(folder);
  expect(getEntryPoint(project, "my train.ts", {}).command).toBe("node 'my train.ts'");
  expect(getEntryPoint(project, "a{b}.py", { PATH: "" }).command).toBe("python 'a{{b}}.py'");
  expect(getEntryPoint(project, "it's.R", {}).command).toBe(
    `Rscript -e 'mlflow::mlflow_source("it'"'"'s.R")' --args`,
  );
  expect(() => getEntryPoint(project, "main", {})).toThrow("has no MLproject file");
  expect(() => getEntryPoint(project, "my_train.ts", {})).toThrow('did you mean "my train.ts"?');
});

test("a declared environment file must exist; a conventional one is used undeclared", async () => {
  await writeFile(join(folder, "MLproject"), "conda_env: envs/conda.yaml");
  await expect(loadProject(folder)).rejects.toThrow(
    "conda_env names envs/conda.yaml, which is not in the project",
  );
  await writeFile(join(folder, "MLproject"), "name: x");
  await writeFile(join(folder, "conda.yaml"), "");
  expect((await loadProject(folder)).environment).toEqual({ kind: "conda_env", definition: "conda.yaml" });
});
