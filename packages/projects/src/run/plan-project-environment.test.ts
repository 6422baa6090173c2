import type { EnvironmentPlan, PlanEnvironmentOptions } from "@flightdeck/environments";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Project, ProjectEnvironment } from "../project/project.ts";
import { planProjectEnvironment } from "./prepare-project.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "plan-environment-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

type Options = Partial<PlanEnvironmentOptions> & { readonly text?: string };

async function plan(
  kind: ProjectEnvironment["kind"] | undefined,
  options: Options = {},
): Promise<EnvironmentPlan | undefined> {
  const { text = "dependencies: []", ...rest } = options;
  const definition = kind === "node_env" ? "package.json" : "env.yaml";
  await writeFile(join(folder, definition), text);
  const project: Project = {
    folder,
    entryPoints: [],
    ...(kind !== undefined && { environment: { kind, definition } }),
  };
  return await planProjectEnvironment(project, { bestEffort: false, env: {}, ...rest });
}

test("chooses a manager for each kind of environment", async () => {
  expect(await plan(undefined)).toBeUndefined();
  expect(await plan("python_env", { envManager: "local" })).toBeUndefined();
  expect(await plan("python_env")).toMatchObject({ manager: "uv", source: "env.yaml" });
  expect(await plan("conda_env")).toMatchObject({ manager: "uv" });
  expect(await plan("conda_env", { envManager: "virtualenv" })).toMatchObject({ manager: "virtualenv" });
  expect(await plan(undefined, { envManager: "uv" })).toMatchObject({
    manager: "uv",
    source: "an empty environment",
  });
});

test("conda builds a conda file if it is installed", async () => {
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "bin/micromamba"), "#!/bin/sh\n");
  await chmod(join(folder, "bin/micromamba"), 0o755);
  const env = { PATH: join(folder, "bin") };
  expect(await plan("conda_env", { env })).toMatchObject({ manager: "conda" });
  expect(await plan("conda_env", { env, envManager: "uv" })).toMatchObject({ manager: "uv" });
  expect(await plan("python_env", { env })).toMatchObject({ manager: "uv" });
});

test("equal definitions have the same identity, different ones do not", async () => {
  const identity = async (text: string, rest: Options = {}): Promise<unknown> =>
    (await plan("python_env", { text, ...rest }))?.identity;
  const first = await identity("python: 3.11\ndependencies: [six]");
  expect(await identity("# a comment\npython: '3.11'\ndependencies:\n  - six # another")).toEqual(first);
  expect(await identity("python: 3.11\ndependencies: [six==1.16]")).not.toEqual(first);
  expect(await identity("python: 3.12\ndependencies: [six]")).not.toEqual(first);
  expect(await identity("python: 3.11\nbuild_dependencies: [six]")).not.toEqual(first);
  expect(await identity("python: 3.11\ndependencies: [six]", { bestEffort: true })).not.toEqual(first);
});

test("node_env needs a package.json and its lockfile", async () => {
  await expect(plan("node_env", { text: "{}" })).rejects.toThrow("needs a package-lock.json beside it");
  await writeFile(join(folder, "package-lock.json"), '{"lockfileVersion": 3}');
  expect(await plan("node_env", { text: "{}" })).toMatchObject({ manager: "npm" });
  await expect(plan("node_env", { text: "{}", envManager: "uv" })).rejects.toThrow("built by npm");
  await writeFile(
    join(folder, "package-lock.json"),
    '{"packages": {"node_modules/x": {"resolved": "file:../x.tgz"}}}',
  );
  await expect(plan("node_env", { text: "{}" })).rejects.toThrow(
    "depends on a local package (file:../x.tgz)",
  );
  await mkdir(join(folder, "node_modules"));
  await expect(plan("node_env", { text: "{}" })).rejects.toThrow("already has a node_modules folder");
});

test.each<readonly [string, ProjectEnvironment["kind"], Options, string]>([
  [
    "an unknown manager",
    "python_env",
    { envManager: "poetry" },
    "must be one of local, virtualenv, uv, conda",
  ],
  [
    "conda for a python_env",
    "python_env",
    { envManager: "conda" },
    "python_env projects cannot be run with conda",
  ],
  [
    "conda without a conda",
    "conda_env",
    { envManager: "conda" },
    "needs one of conda, mamba, micromamba on PATH",
  ],
  [
    "an unknown conda package",
    "conda_env",
    { text: "dependencies: [six, nosuch=1]" },
    "env.yaml cannot be built exactly without conda: nosuch=1 (no known equivalent on PyPI)",
  ],
  ["an invalid file", "conda_env", { text: "dependencies: [" }, "env.yaml, line 1"],
  [
    "a missing requirements file",
    "python_env",
    { text: "dependencies: [-r absent.txt]" },
    "env.yaml: -r absent.txt",
  ],
])("rejects %s", async (_, kind, options, message) => {
  await expect(plan(kind, options)).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: expect.stringContaining(message) as string,
  });
});

test("docker_env is not supported, and the error says whether docker is installed", async () => {
  const project: Project = {
    folder,
    entryPoints: [],
    environment: { kind: "docker_env", definition: "img:1" },
  };
  const refused = planProjectEnvironment(project, { bestEffort: false, env: {}, envManager: "local" });
  await expect(refused).rejects.toMatchObject({
    code: "NOT_IMPLEMENTED",
    message: expect.stringContaining(
      "docker_env (image img:1), which is not supported yet (and docker is not on PATH)",
    ) as string,
  });
});

test("best effort leaves out packages that are unavailable", async () => {
  const text = "dependencies: [nosuch, six=1.16, cuml=0.15]";
  const best = await plan("conda_env", { text, bestEffort: true });
  expect(best?.identity).toEqual(["", "best effort", "step", "step", "six==1.16.*", "cuml-cu12"]);
});
