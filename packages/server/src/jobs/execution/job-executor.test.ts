import { openPathView, parseDetachedProcess, rewrittenPathView } from "@flightdeck/compute";
import type { JobTask } from "@flightdeck/protocol";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Execution, ExecutionHandle } from "./execution.ts";
import { JobExecutor, type JobExecutorOptions } from "./job-executor.ts";

let dataDir: string;
let executor: JobExecutor;
const started: ExecutionHandle[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "job-executor-"));
  executor = open();
});
afterEach(async () => {
  for (const handle of started.splice(0)) await executor.cancel(handle);
  await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

function open(openView: JobExecutorOptions["openView"] = openPathView): JobExecutor {
  const env = { ...process.env, SECRET_OF_THE_SERVER: "s3cret", DATABRICKS_TOKEN: "the server's own" };
  return new JobExecutor({
    dataDir,
    serverUrl: () => "http://127.0.0.1:5000",
    logger: pino({ level: "silent" }),
    env,
    openView,
  });
}

/** The best view that this system allows, and the one that works on every system. */
const VIEWS = [
  ["the best view", openPathView],
  ["the rewritten view", rewrittenPathView],
] as const;

const signal = new AbortController().signal;
const shell = (script: string, envVars: Record<string, string> = {}): JobTask => ({
  kind: "shell_command",
  command: ["bash", "-c", script],
  envVars,
});

async function start(task: JobTask, options: Partial<Execution> = {}): Promise<ExecutionHandle> {
  const execution = { jobRunId: 1, task, libraries: [], sparkEnvVars: {}, token: "t0ken", ...options };
  const handle = await executor.start(execution, { signal, onProgress: () => undefined });
  started.push(handle);
  return handle;
}

async function log(stream: "stdout" | "stderr", jobRunId = 1): Promise<string> {
  return (await executor.readLog(jobRunId, { stream, offset: 0, bytesMax: 1_000_000 })).text;
}

async function run(task: JobTask, options: Partial<Execution> = {}): Promise<string> {
  const end = await executor.wait(await start(task, options), signal);
  expect([end, await log("stderr", options.jobRunId)]).toEqual([
    { kind: "exited", exitCode: 0, lastLines: expect.any(Array) },
    "",
  ]);
  return await log("stdout", options.jobRunId);
}

test("a task has a workspace, a home and folders of its own", async () => {
  const script =
    'echo "$DATABRICKS_HOST|$DATABRICKS_TOKEN|$MLFLOW_TRACKING_URI|$A|$B"; cd "$HOME" && ls -A; ls -d $DB_HOME/python/bin; mktemp -d';
  const lines = (
    await run(shell(script, { B: "task" }), { sparkEnvVars: { A: "cluster", B: "cluster" } })
  ).split("\n");
  expect(lines[0]).toBe("http://127.0.0.1:5000|t0ken|databricks|cluster|task");
  expect(lines[1]).toMatch(/databricks\/python\/bin$/);
  expect(lines[2]).toMatch(/local_disk0\/tmp\/tmp\./);
});

test.each(VIEWS)("in %s it sees DBFS, and what it writes there is in DBFS", async (_, openView) => {
  executor = open(openView);
  await mkdir(join(dataDir, "dbfs", "in"), { recursive: true });
  await writeFile(join(dataDir, "dbfs", "in", "x.txt"), "42\n");
  expect(await run(shell("cat /dbfs/in/x.txt && mkdir -p /dbfs/out && echo done >/dbfs/out/y"))).toBe("42\n");
  expect(await readFile(join(dataDir, "dbfs", "out", "y"), "utf8")).toBe("done\n");
});

test("the server's environment is not visible to a task, whether in its own environment or elsewhere", async () => {
  const seen = await run(shell("env; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'; true"));
  expect(seen).toContain("t0ken");
  expect(seen).not.toContain("the server's own");
  const view = await openPathView({ mappings: [], scratch: dataDir });
  // Without process namespaces, a task can inspect the same user's processes.
  if (view.kind === "namespace") expect(seen).not.toContain("s3cret");
});

/** The part of MLflow's script that moves an archive into place. */
const UNPACK = `mkdir -p /databricks/mlflow/project-tars /databricks/mlflow/projects &&
  rsync -a -v --ignore-existing /dbfs/code.tar.gz /databricks/mlflow/project-tars &&
  cd $(mktemp -d) && tar --no-same-owner -xzf /databricks/mlflow/project-tars/code.tar.gz &&
  mv -T mlflow-project /databricks/mlflow/projects/0a1b && sleep 0.3 && cat /databricks/mlflow/projects/0a1b/f`;

test.each(VIEWS)("in %s two tasks at once with the same archive do not meet", async (_, openView) => {
  executor = open(openView);
  await run(
    shell(
      "cd $(mktemp -d) && mkdir mlflow-project && echo same >mlflow-project/f && tar -czf /dbfs/code.tar.gz mlflow-project",
    ),
  );
  const handles = await Promise.all([2, 3].map((jobRunId) => start(shell(UNPACK), { jobRunId })));
  const ends = await Promise.all(handles.map((handle) => executor.wait(handle, signal)));
  expect(ends.map((end) => end.kind === "exited" && end.exitCode)).toEqual([0, 0]);
  for (const jobRunId of [2, 3]) expect(await log("stdout", jobRunId)).toMatch(/same\n$/);
});

test("its end and last lines are reported, even by a server that did not start it", async () => {
  const handle = await start(shell("echo out; echo first >&2; printf '10 %%\\r100 %%\\n' >&2; exit 3"));
  const kept: ExecutionHandle = JSON.parse(JSON.stringify(handle));
  expect(await open().wait(kept, signal)).toEqual({
    kind: "exited",
    exitCode: 3,
    lastLines: ["first", "100 %"],
  });
  expect(await executor.find(1)).toEqual(handle);
  expect(await executor.find(2)).toBeUndefined();
});

test("cancelling ends it, along with children in sessions of their own", async () => {
  const script =
    "trap '' TERM INT; setsid bash -c \"trap '' TERM; echo up; while :; do sleep 0.1; done\" & while :; do sleep 0.1; done";
  const handle = await start(shell(script));
  while ((await log("stdout")) !== "up\n") await new Promise((resolve) => setTimeout(resolve, 20));
  await executor.cancel(handle);
  expect(await processesThatSay(dataDir)).toEqual([]);
  expect(await executor.wait(handle, signal)).toMatchObject({ kind: "exited", exitCode: 137 });
});

test("a run that was started before its server died is ended before it is started again", async () => {
  const first = await start(shell("echo up; sleep 1000"));
  while ((await log("stdout")) !== "up\n") await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await start(shell("echo second"));
  expect(await executor.wait(second, signal)).toMatchObject({ exitCode: 0 });
  expect(await executor.wait(first, signal)).toMatchObject({ kind: "exited" });
  expect(await log("stdout")).toBe("second\n");
});

test("its folder is removed when it has ended, its logs after sixty days", async () => {
  await run(shell("echo one > $HOME/file; echo out"));
  const folder = join(dataDir, "jobs", "1");
  while (existsSync(join(folder, "work"))) await new Promise((resolve) => setTimeout(resolve, 20));
  const daysAgo = (days: number): Date => new Date(Date.now() - days * 24 * 60 * 60 * 1000);
  const exit = join(folder, "process", "exit");
  await utimes(exit, daysAgo(59), daysAgo(59));
  await run(shell("true"), { jobRunId: 2 });
  expect(await log("stdout")).toBe("out\n");
  await utimes(exit, daysAgo(61), daysAgo(61));
  await run(shell("true"), { jobRunId: 3 });
  expect(await readdir(join(dataDir, "jobs"))).toEqual(["2", "3"]);
  expect(await log("stdout")).toBe("");
});

test("the log of a lost task is removed like any other", async () => {
  const handle = await start(shell("echo out; sleep 1000"));
  process.kill(-supervisorOf(handle), "SIGKILL");
  expect(await executor.wait(handle, signal)).toMatchObject({ kind: "lost" });
  const longAgo = new Date(0);
  await utimes(join(dataDir, "jobs", "1", "process", "lost"), longAgo, longAgo);
  await run(shell("true"), { jobRunId: 2 });
  expect(await readdir(join(dataDir, "jobs"))).toEqual(["2"]);
});

test("a log is read in pieces of whole characters, and a piece beyond the end is empty", async () => {
  await run(shell("printf 'aé€😀b\\xff'"));
  let text = "";
  let offset = 0;
  for (let pieces = 0; pieces < 20; pieces++) {
    const chunk = await executor.readLog(1, { stream: "stdout", offset, bytesMax: 4 });
    text += chunk.text;
    offset = chunk.nextOffset;
    expect(chunk.size).toBe(12);
  }
  expect([text, offset]).toEqual(["aé€😀b\uFFFD", 12]);
  expect(await executor.readLog(1, { stream: "stdout", offset: 99, bytesMax: 4 })).toEqual({
    text: "",
    nextOffset: 12,
    size: 12,
  });
  expect(await executor.readLog(9, { stream: "stdout", offset: 0, bytesMax: 4 })).toEqual({
    text: "",
    nextOffset: 0,
    size: 0,
  });
});

test.each([
  [...VIEWS[0], "dbfs:/code/main.py"],
  [...VIEWS[0], "/dbfs/code/main.py"],
  [...VIEWS[1], "dbfs:/code/main.py"],
] as const)("in %s a Python file of DBFS is run with its parameters", async (_, openView, pythonFile) => {
  executor = open(openView);
  await mkdir(join(dataDir, "dbfs", "code"), { recursive: true });
  await writeFile(join(dataDir, "dbfs", "code", "beside.py"), "NAME = 'beside'\n");
  const program =
    "import beside, os, sys\nprint(sys.argv[1:], beside.NAME, open('/dbfs/code/beside.py').read().strip())\n";
  await writeFile(join(dataDir, "dbfs", "code", "main.py"), program);
  const seen = await run({ kind: "spark_python", pythonFile, parameters: ["a b", "$(id)", ""] });
  expect(seen).toBe("['a b', '$(id)', ''] beside NAME = 'beside'\n");
});

test.each([
  ["dbfs:/../flightdeck.db", "INVALID_PARAMETER_VALUE"],
  ["/dbfs/../../etc/passwd", "INVALID_PARAMETER_VALUE"],
  ["file:/etc/passwd", "INVALID_PARAMETER_VALUE"],
  ["/etc/passwd", "INVALID_PARAMETER_VALUE"],
  ["dbfs:/absent.py", "RESOURCE_DOES_NOT_EXIST"],
])("a Python file elsewhere is refused: %s", async (pythonFile, code) => {
  await writeFile(join(dataDir, "flightdeck.db"), "");
  await expect(start({ kind: "spark_python", pythonFile, parameters: [] })).rejects.toMatchObject({ code });
  expect(existsSync(join(dataDir, "jobs", "1"))).toBe(false);
});

test.each([
  "--index-url=http://evil",
  "-r /etc/passwd",
  "-e .",
  "numpy\n-r /etc/passwd",
  "/etc/x.txt",
  "numpy --pre",
  "file:///x.whl",
])("a library that is no requirement is refused: %j", async (name) => {
  await expect(start(shell("true"), { libraries: [{ pypi: { package: name } }] })).rejects.toThrow(
    "a library must be a requirement",
  );
});

test.each([{ "A=B": "1" }, { "": "1" }, { A: "a\0b" }])(
  "a variable that no environment can hold is refused: %j",
  async (sparkEnvVars) => {
    await expect(start(shell("true"), { sparkEnvVars })).rejects.toThrow("environment variable");
  },
);

function supervisorOf(handle: ExecutionHandle): number {
  return parseDetachedProcess(handle).supervisor.pid;
}

async function processesThatSay(text: string): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const said = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")),
  );
  return pids.filter((pid, index) => pid !== String(process.pid) && said[index]?.includes(text));
}
