import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { ensurePythonEnvironment, type PythonEnvironmentOptions } from "./python-environment.ts";

async function ensure(
  env: unknown,
  files: Readonly<Record<string, string>> = {},
  options: Partial<PythonEnvironmentOptions> = {},
): Promise<unknown> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const config = { loader_module: "mlflow.sklearn", env };
  return await ensurePythonEnvironment(folder, config, { env: process.env, ...options });
}

test.each([
  [
    "a path that leads outside",
    { virtualenv: "../../etc/passwd" },
    {},
    "must name a file of the model's folder",
  ],
  ["an absolute path", { virtualenv: "/etc/passwd" }, {}, "must name a file of the model's folder"],
  [
    "a conda file outside, as MLflow 1 names it",
    "../conda.yaml",
    {},
    "must name a file of the model's folder",
  ],
  [
    "a file that is missing",
    { virtualenv: "python_env.yaml" },
    {},
    "env names python_env.yaml, which is missing",
  ],
  ["no file at all", undefined, {}, "pass --env-manager local to use the Python on PATH"],
  [
    "a Python that nobody has",
    { virtualenv: "python_env.yaml" },
    { "python_env.yaml": "python: 3.4.1\ndependencies: []" },
    "Python 3.4 is not installed here",
  ],
])("%s is refused", async (_, env, files, message) => {
  await expect(ensure(env, files)).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: expect.stringContaining(message) as string,
  });
});

test("local needs a Python on PATH", async () => {
  const local = { envManager: "local", env: { PATH: "" } };
  await expect(ensure(undefined, {}, local)).rejects.toThrow("needs a python3 on PATH");
});
