import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findUsualPython } from "../python/find-pythons.ts";
import { type StandIns, writeStandIns } from "./write-stand-ins.ts";

const run = promisify(execFile);

/** The tests run with this Python on PATH and none of the replaced tools. */
const python = await findUsualPython(process.env);
const reason = python === undefined ? " (this machine has no Python)" : "";

let folder: string;
let env: Record<string, string>;
let standIns: StandIns;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stand-ins-"));
  await mkdir(join(folder, "machine"));
  if (python !== undefined) await symlink(python.path, join(folder, "machine", "python3"));
  env = {
    HOME: folder,
    PATH: [join(folder, "machine"), "/usr/bin", "/bin"].join(delimiter),
    FLIGHTDECK_ENV_ROOT: join(folder, "envs"),
  };
  standIns = await writeStandIns({ folder, seenAs: folder, env });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const call = async (name: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
  await run(join(name === "conda" ? join(folder, "conda", "bin") : standIns.path, name), args, { env });

test("writes no stand-in for an installed program", async () => {
  for (const name of ["conda", "pyenv", "virtualenv"]) {
    await writeFile(join(folder, "machine", name), "#!/bin/sh\n", { mode: 0o755 });
  }
  const other = join(folder, "other");
  expect(await writeStandIns({ folder: other, seenAs: other, env })).toEqual({
    path: join(other, "bin"),
    variables: {},
  });
  expect(existsSync(other)).toBe(false);
  for (const variable of ["CONDA_EXE", "MLFLOW_CONDA_HOME"]) {
    const { variables } = await writeStandIns({
      folder: other,
      seenAs: other,
      env: { ...env, [variable]: "/opt/conda" },
    });
    expect(variables).toEqual({});
  }
});

describe("conda", () => {
  test("MLflow finds it, it identifies itself, and it lists no environments at first", async () => {
    expect(standIns.variables).toEqual({ MLFLOW_CONDA_HOME: join(folder, "conda") });
    expect((await call("conda", "--help")).stdout).toContain("flightdeck's stand-in for conda");
    expect(JSON.parse((await call("conda", "env", "list", "--json")).stdout)).toEqual({ envs: [] });
  });

  test("lists, activates and removes an environment by name", async () => {
    const built = join(folder, "built");
    await mkdir(join(built, "bin"), { recursive: true });
    await writeFile(
      join(built, "bin", "hello"),
      '#!/bin/sh\necho "hello $CONDA_DEFAULT_ENV $VIRTUAL_ENV"\n',
      { mode: 0o755 },
    );
    await mkdir(join(folder, "conda", "envs"));
    await symlink(built, join(folder, "conda", "envs", "mlflow-0a"));
    expect(JSON.parse((await call("conda", "env", "list", "--json")).stdout)).toEqual({
      envs: [join(folder, "conda", "envs", "mlflow-0a")],
    });
    const script = `source ${folder}/conda/bin/../etc/profile.d/conda.sh && conda activate mlflow-0a 1>&2 && hello`;
    expect((await run("bash", ["-c", script], { env })).stdout).toBe(`hello mlflow-0a ${built}\n`);
    await call("conda", "remove", "--yes", "--name", "mlflow-0a", "--all");
    expect(JSON.parse((await call("conda", "env", "list", "--json")).stdout)).toEqual({ envs: [] });
    expect(existsSync(built)).toBe(true);
    await expect(run("bash", ["-c", script], { env })).rejects.toThrow();
  });

  test.each([
    [["install", "-n", "x", "numpy"], "install conda for anything else"],
    [["env", "create", "-n", "../x", "--file", "f.yaml"], "the name of an environment must be given by -n"],
    [["env", "create", "--file", "f.yaml", "--solver", "x"], "unknown option"],
    [["remove", "-n", "absent"], "there is no environment absent"],
  ])("rejects %j", async (args, message) => {
    await writeFile(join(folder, "f.yaml"), "dependencies: []\n");
    const failure: unknown = await run(join(folder, "conda", "bin", "conda"), args, {
      env,
      cwd: folder,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
  });
});

describe.skipIf(python === undefined)(`pyenv${reason}`, () => {
  const version = python?.version ?? "";

  test("lists the installed Pythons, and installs one by pointing to it", async () => {
    expect((await call("pyenv", "install", "--list")).stdout.split("\n")).toContain(version);
    const { stderr } = await call("pyenv", "install", "--skip-existing", version);
    expect(stderr).toBe("");
    const root = (await call("pyenv", "root")).stdout.trim();
    const installed = await run(join(root, "versions", version, "bin", "python"), [
      "-c",
      "import sys; print(sys.argv[1])",
      "a b",
    ]);
    expect(installed.stdout).toBe("a b\n");
  });

  test("replaces a missing version by the nearest, and says so", async () => {
    const { stderr } = await call("pyenv", "install", "--skip-existing", "3.0.7");
    expect(stderr).toMatch(
      /^flightdeck: changed Python 3\.0\.7 → 3\.\d+\.\d+ \(that version is not installed here\)\n$/,
    );
    expect(existsSync(join(folder, "pyenv", "versions", "3.0.7", "bin", "python"))).toBe(true);
  });

  test.each([
    ["global", "3.11.7"],
    ["install", "../../x"],
  ])("rejects pyenv %s %s", async (...args) => {
    await expect(call("pyenv", ...args)).rejects.toMatchObject({ code: 1 });
  });

  test("virtualenv runs Python's own venv", async () => {
    const environment = join(folder, "environment");
    await call("virtualenv", "--python", python?.path ?? "", environment);
    const script = "import sys; print(sys.prefix)";
    expect((await run(join(environment, "bin", "python"), ["-c", script])).stdout).toBe(`${environment}\n`);
    await expect(call("virtualenv", environment)).rejects.toMatchObject({ code: 1 });
    expect(dirname(environment)).toBe(folder);
  });
});
