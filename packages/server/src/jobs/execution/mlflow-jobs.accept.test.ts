import { EnvironmentCache } from "@flightdeck/environments";
import type { JobTask, Library } from "@flightdeck/protocol";
import { pythonWith, REPOSITORY_ROOT, startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { JobExecutor } from "./job-executor.ts";

/* Jobs submitted by stock clients, on a machine without conda, pyenv and virtualenv. */

const acceptance = join(REPOSITORY_ROOT, "acceptance", "python");
const clients = await Promise.all(
  ["3.17.2", "1.30.1"].map(async (version) => ({
    version,
    python: await pythonWith(join(acceptance, "clients", `mlflow-${version}.txt`)),
  })),
);

let server: TestServer;
let folder: string;
beforeEach(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), "mlflow-jobs-"));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const PROGRAM =
  "import sys, six\nprint('ran', sys.argv[1], six.__version__, sys.prefix != sys.base_prefix)\n";
const PROJECTS = {
  conda_env: "name: x\ndependencies: [python>=3.8, no-such-package, pip, {pip: [six==1.17.0]}]\n",
  python_env: 'python: "3.9.1"\ndependencies: [six==1.17.0]\n',
  spark_job: "",
};
type Kind = keyof typeof PROJECTS;

async function writeProject(kind: Kind): Promise<string> {
  const project = join(folder, kind);
  const entryPoint = 'parameters: {text: string}\n    command: "python main.py {text}"';
  await mkdir(project);
  await writeFile(join(project, `${kind}.yaml`), PROJECTS[kind]);
  await writeFile(join(project, "main.py"), PROGRAM);
  const text =
    kind === "spark_job"
      ? "databricks_spark_job:\n  python_file: main.py\n  parameters: [a b]\n  python_libraries: [six==1.17.0]\n"
      : `name: small\n${kind}: ${kind}.yaml\nentry_points:\n  main:\n    ${entryPoint}\n`;
  await writeFile(join(project, "MLproject"), text);
  return project;
}

type Submitted = {
  readonly mlflow_run_id: string;
  readonly job: {
    readonly shell_command_task?: {
      readonly command: readonly string[];
      readonly env_vars: Record<string, string>;
    };
    readonly spark_python_task?: { readonly python_file: string; readonly parameters: readonly string[] };
    readonly libraries: readonly Library[];
  };
};

/** Runs the client, which submits a job with everything it creates on the way. */
async function submit(python: string, kind: Kind): Promise<Submitted> {
  const { stdout } = await promisify(execFile)(
    python,
    [join(acceptance, "submit_project.py"), await writeProject(kind)],
    {
      env: { ...process.env, DATABRICKS_HOST: server.url, DATABRICKS_TOKEN: "any", HOME: folder },
    },
  );
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Submitted; // The script prints it.
}

function executor(envRoot?: string): JobExecutor {
  return new JobExecutor({
    dataDir: server.dataDir,
    serverUrl: () => server.url,
    logger: pino({ level: "silent" }),
    env: {
      ...process.env,
      PATH: withoutTools(process.env["PATH"] ?? ""),
      ...(envRoot !== undefined && { FLIGHTDECK_ENV_ROOT: envRoot }),
    },
  });
}

/** PATH without the folders that contain tools with which MLflow creates environments. */
function withoutTools(path: string): string {
  return path
    .split(delimiter)
    .filter((each) => !/conda|pyenv|mamba/.test(each))
    .join(delimiter);
}

for (const { version, python } of clients) {
  describe.skipIf(python.missing)(`mlflow ${version}${python.missing ? ` (${python.reason})` : ""}`, () => {
    const kinds: readonly Kind[] =
      version === "3.17.2" ? ["conda_env", "python_env", "spark_job"] : ["conda_env"];
    test(`its jobs end well without a flag: ${kinds.join(", ")}`, async () => {
      await createExperiment();
      await Promise.all(
        kinds.map((kind, index) => runJob({ python: valueOf(python), kind, jobRunId: index + 1 })),
      );
    });
  });
}

/**
 * Created up front: stock clients that start together all find it missing and all create it, so all but one would fail.
 */
async function createExperiment(): Promise<void> {
  const response = await fetch(`${server.url}/api/2.0/mlflow/experiments/create`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "/Users/me@example.com/small" }),
  });
  expect(response.status).toBe(200);
}

type JobOptions = { readonly python: string; readonly kind: Kind; readonly jobRunId: number };

/**
 * The output, note and status of each kind of successful job. A Spark job's MLflow run is ended by the client, which
 * waits for it.
 */
const SAID = {
  conda_env: {
    out: `ran it's "b" $(id) 1.17.0 True`,
    note: "flightdeck: missing no-such-package",
    status: "FINISHED",
  },
  python_env: {
    out: `ran it's "b" $(id) 1.17.0 True`,
    note: "flightdeck: changed Python 3.9.1",
    status: "FINISHED",
  },
  spark_job: { out: "ran a b 1.17.0 True", note: "", status: "RUNNING" },
} as const;

async function runJob({ python, kind, jobRunId }: JobOptions): Promise<void> {
  const { mlflow_run_id: mlflowRunId, job } = await submit(python, kind);
  const progress: string[] = [];
  const { signal } = new AbortController();
  const jobs = executor();
  const { libraries } = job;
  const handle = await jobs.start(
    { jobRunId, task: taskOf(job), libraries, sparkEnvVars: {}, token: "any" },
    { signal, onProgress: (message) => void progress.push(message) },
  );
  const end = await jobs.wait(handle, signal);
  const log = async (stream: "stdout" | "stderr"): Promise<string> =>
    (await jobs.readLog(jobRunId, { stream, offset: 0, bytesMax: 1_000_000 })).text;
  const [stdout, stderr] = [await log("stdout"), await log("stderr")];
  expect(end, stderr).toMatchObject({ kind: "exited", exitCode: 0 });
  expect(stdout).toContain(SAID[kind].out);
  expect(stderr).toContain(SAID[kind].note);
  const isOld = libraries.some((each) => "pypi" in each && each.pypi.package === "mlflow==1.30.1");
  expect(progress.includes("added   setuptools<81 (mlflow==1.30.1 needs it)")).toBe(isOld);
  expect(await statusOf(mlflowRunId)).toBe(SAID[kind].status);
}

function taskOf({ shell_command_task: shell, spark_python_task: python }: Submitted["job"]): JobTask {
  if (shell !== undefined) return { kind: "shell_command", command: shell.command, envVars: shell.env_vars };
  if (python === undefined) expect.unreachable();
  return { kind: "spark_python", pythonFile: python.python_file, parameters: python.parameters };
}

async function statusOf(runId: string): Promise<string> {
  const response = await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${runId}`);
  const { run } = (await response.json()) as { run: { info: { status: string } } }; // Our own server.
  return run.info.status;
}

/** A cache without environments but with the tools from the user's cache. */
async function emptyCache(): Promise<string> {
  const tools = join(EnvironmentCache.ofUser(process.env).root, "tools");
  const root = join(folder, "envs");
  await mkdir(tools, { recursive: true });
  await mkdir(root);
  await symlink(tools, join(root, "tools"));
  return root;
}

test("a wheel in DBFS is installed, and again if its content changes under the same name", async () => {
  const name = "tiny-1.0-py3-none-any.whl";
  await mkdir(join(server.dataDir, "dbfs", "wheels"), { recursive: true });
  const libraries = [{ whl: `dbfs:/wheels/${name}` }];
  const jobs = executor(await emptyCache());
  const { signal } = new AbortController();
  for (const [jobRunId, content] of ["one", "two"].entries()) {
    await makeWheel(join(server.dataDir, "dbfs", "wheels", name), content);
    const progress: string[] = [];
    const command = ["python", "-c", "import tiny, sys; print(tiny.NAME, sys.argv[1])", "/dbfs"];
    const handle = await jobs.start(
      {
        jobRunId,
        task: { kind: "shell_command", command, envVars: {} },
        libraries,
        sparkEnvVars: {},
        token: "any",
      },
      { signal, onProgress: (message) => void progress.push(message) },
    );
    expect(await jobs.wait(handle, signal)).toMatchObject({ exitCode: 0 });
    const { text } = await jobs.readLog(jobRunId, { stream: "stdout", offset: 0, bytesMax: 1000 });
    expect(text).toBe(`${content} /dbfs\n`);
    expect(progress[0]).toBe("installing 1 library, 0 s");
    expect(progress.at(-1)).toMatch(/^installed 1 library, \d+ s$/);
  }
});

test("a library that cannot be installed is reported in the installer's words and leaves nothing behind", async () => {
  const libraries = [{ pypi: { package: "six==99.0" } }];
  const task = { kind: "shell_command", command: ["true"], envVars: {} } as const;
  const { signal } = new AbortController();
  const starting = executor(await emptyCache()).start(
    { jobRunId: 1, task, libraries, sparkEnvVars: {}, token: "any" },
    { signal, onProgress: () => undefined },
  );
  await expect(starting).rejects.toThrow(/packages could not be installed: .*six==99\.0/);
  expect(await readdir(join(server.dataDir, "jobs"))).toEqual([]);
});

/** A wheel (PEP 427) of one module, whose `NAME` is `content`. */
async function makeWheel(file: string, content: string): Promise<void> {
  const script = `
import sys, zipfile
info = "tiny-1.0.dist-info/"
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("tiny.py", "NAME = %r" % sys.argv[2])
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;
  await promisify(execFile)("python3", ["-c", script, file, content]);
}
