import { chmod, cp, lstat, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import { EnvironmentCache, type EnvironmentProgress, findUsualPython } from "@flightdeck/environments";
import { part, REPOSITORY_ROOT, startTestServer, type TestServer } from "@flightdeck/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RunControl } from "../backends/project-backend.ts";
import type { RunProjectOptions } from "./prepare-project.ts";
import { type ProjectRun, runProject } from "./run-project.ts";

/* Builds environments with the real tools, from small packages without dependencies. */

const python = await part("Python 3", async () => {
  const found = await findUsualPython(process.env);
  if (found === undefined) throw new AppError("RESOURCE_DOES_NOT_EXIST", "there is no Python on PATH");
  return found;
});

let server: TestServer;
let client: MlflowClient;
let folder: string;
/** Shared by all tests, because uv is installed into it on machines without uv. */
let envRoot: string;
beforeAll(async () => {
  server = await startTestServer();
  client = new MlflowClient({ trackingUri: server.url });
  envRoot = await realpath(await mkdtemp(join(tmpdir(), "flightdeck-envs-")));
});
afterAll(async () => {
  await server.close();
  await rm(envRoot, { recursive: true, force: true });
});
beforeEach(async () => void (folder = await realpath(await mkdtemp(join(tmpdir(), "project-")))));
afterEach(() => rm(folder, { recursive: true, force: true }));

type Seen = ProjectRun & {
  output: string;
  progress: readonly EnvironmentProgress[];
  env: string | undefined;
};

async function run(
  options: Partial<RunProjectOptions> = {},
  { env = {}, ...control }: RunControl & { env?: Record<string, string> } = {},
): Promise<Seen> {
  let output = "";
  const progress: EnvironmentProgress[] = [];
  const ended = await runProject(
    { uri: folder, ...options },
    {
      client,
      trackingUri: server.url,
      download: () => Promise.reject(new TypeError("unexpected download")),
      env: { ...process.env, FLIGHTDECK_ENV_ROOT: envRoot, MLFLOW_EXPERIMENT_NAME: "", ...env },
      control: {
        onOutput: ({ chunk }) => void (output += Buffer.from(chunk).toString()),
        onEnvironment: (each) => void progress.push(each),
        ...control,
      },
    },
  );
  const { tags } = (await client.getRun(ended.runId)).data;
  return { ...ended, output, progress, env: tags.find(({ key }) => key === "mlflow.project.env")?.value };
}

async function project(name: string): Promise<void> {
  await cp(join(REPOSITORY_ROOT, "acceptance/projects", name), folder, { recursive: true });
}

const PACKAGES = "packages six=1.17.0 click=8.1.8\n";

describe.skipIf(python.missing)(`Python environments${python.missing ? ` (${python.reason})` : ""}`, () => {
  test("uv builds a python_env once", async () => {
    await project("python-env");
    const first = await run();
    expect(first).toMatchObject({ status: "FINISHED", output: PACKAGES, env: "uv" });
    expect(first.progress.at(-1)).toMatchObject({ phase: "ready", title: "python_env.yaml by uv" });
    const second = await run();
    expect(second).toMatchObject({ status: "FINISHED", output: PACKAGES, progress: [] });
  });

  test("venv and pip build a python_env", async () => {
    await project("python-env");
    expect(await run({ envManager: "virtualenv" })).toMatchObject({ output: PACKAGES, env: "virtualenv" });
  });

  test("without conda, the PyPI packages that replace a conda file's are reported", async () => {
    await project("conda");
    const seen = await run({ envManager: "uv" });
    expect(seen).toMatchObject({ output: PACKAGES, env: "uv" });
    expect(seen.progress.at(-1)?.remarks).toEqual([
      "mapped  six=1.17 → six==1.17.*",
      "mapped  pip → pip",
      "dropped cudatoolkit=11.2 (the wheels bring their own CUDA runtime)",
    ]);
  });

  test("two runs at the same time build the environment once", async () => {
    await writeFile(
      join(folder, "MLproject"),
      "python_env: env.yaml\nentry_points: {main: {command: python -c 'import six'}}",
    );
    await writeFile(join(folder, "env.yaml"), "dependencies: [six]");
    const both = await Promise.all([run(), run()]);
    expect(both.map(({ status }) => status)).toEqual(["FINISHED", "FINISHED"]);
    const ready = both.flatMap(({ progress }) => progress).filter(({ phase }) => phase === "ready");
    expect(ready).toHaveLength(1);
  });

  test("an unknown package gives a one-line error, and the FAILED run records it", async () => {
    await writeFile(
      join(folder, "MLproject"),
      "python_env: env.yaml\nentry_points: {main: {command: python -V}}",
    );
    await writeFile(join(folder, "env.yaml"), "dependencies: [flightdeck-has-no-such-package]");
    const failing = run({ experimentName: "nobody" });
    await expect(failing).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringMatching(
        /^packages could not be installed: .*flightdeck-has-no-such-package[^\n]*$/,
      ) as string,
    });
    const { experimentId } = await client.getExperimentByName("nobody");
    const [failed] = (await client.searchRuns({ experimentIds: [experimentId] })).items;
    expect(failed?.info.status).toBe("FAILED");
    const message = failed?.data.tags.find(({ key }) => key === "flightdeck.failureMessage")?.value;
    expect(message).toContain("flightdeck-has-no-such-package");
  });

  test("cancelling a build leaves a KILLED run and no environment", async () => {
    await writeFile(
      join(folder, "MLproject"),
      "python_env: env.yaml\nentry_points: {main: {command: python -V}}",
    );
    await writeFile(join(folder, "env.yaml"), "dependencies: [click==8.1.7]");
    const cache = new EnvironmentCache(envRoot);
    const before = await cache.ids();
    const stop = new AbortController();
    const cancelled = run(
      { experimentName: "cancelled" },
      { signal: stop.signal, onEnvironment: ({ phase }) => phase === "building" && stop.abort() },
    );
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await cache.ids()).toEqual(before);
    const { experimentId } = await client.getExperimentByName("cancelled");
    const { items } = await client.searchRuns({ experimentIds: [experimentId] });
    expect(items.map(({ info }) => info.status)).toEqual(["KILLED"]);
  });

  test("rejects a Python version that is not installed; best effort takes the nearest", async () => {
    await writeFile(
      join(folder, "MLproject"),
      "python_env: env.yaml\nentry_points: {main: {command: python -c 'print(1)'}}",
    );
    await writeFile(join(folder, "env.yaml"), "python: 3.4.1");
    await expect(run()).rejects.toThrow("Python 3.4.1 is not installed here");
    const seen = await run({ bestEffort: true });
    expect(seen).toMatchObject({ status: "FINISHED", output: "1\n" });
    expect(seen.progress.at(-1)?.remarks[0]).toMatch(/^changed Python 3\.4\.1 → 3\.\d+\.\d+/);
  });
});

test("conda gets the file, and its activation scripts are sourced before the command", async () => {
  await project("conda");
  const programs = join(folder, "programs");
  await mkdir(programs);
  // Creates the files of a conda environment that a project uses.
  const conda = `#!/bin/sh
[ "$1 $2 $3 $5" = "env create --prefix --file" ] && grep -q cudatoolkit "$6" || exit 9
mkdir -p "$4/bin" "$4/etc/conda/activate.d"
printf '#!/bin/sh\\necho "$CONDA_PREFIX $FROM_SCRIPT $*"\\n' > "$4/bin/python"
chmod +x "$4/bin/python"
echo 'export FROM_SCRIPT=read' > "$4/etc/conda/activate.d/x.sh"
`;
  await writeFile(join(programs, "conda"), conda);
  await chmod(join(programs, "conda"), 0o755);
  const seen = await run({}, { env: { PATH: `${programs}${delimiter}${process.env["PATH"] ?? ""}` } });
  expect(seen.env).toBe("conda");
  expect(seen.output).toMatch(
    new RegExp(`^${envRoot}/conda-[0-9a-f]{16} read show_packages\\.py six click\n$`),
  );
});

describe("node_env", () => {
  const LOCKFILE = {
    name: "x",
    lockfileVersion: 3,
    requires: true,
    packages: {
      "": { name: "x", dependencies: { ms: "2.1.3" } },
      "node_modules/ms": {
        version: "2.1.3",
        integrity:
          "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==",
      },
    },
  };

  test("npm ci runs once per lockfile, and programs can import the packages", async () => {
    const files = {
      MLproject: "node_env: package.json\nentry_points: {main: {command: node main.mjs}}",
      "package.json": JSON.stringify({ name: "x", dependencies: { ms: "2.1.3" } }),
      "package-lock.json": JSON.stringify(LOCKFILE),
      "main.mjs": 'import ms from "ms"; console.log(ms("2 days"));',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    expect(await run()).toMatchObject({ status: "FINISHED", output: "172800000\n", env: "npm" });
    expect((await lstat(join(folder, "node_modules"))).isSymbolicLink()).toBe(true);
    expect(await run()).toMatchObject({ output: "172800000\n", progress: [] });
    expect((await readdir(envRoot)).filter((name) => /^npm-[0-9a-f]{16}$/.test(name))).toHaveLength(1);
  });
});
