import { sleep } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/** A program that opens a nested run inside another, then keeps running with children that ignore SIGTERM. */
const TRAIN = `
import { spawn } from "node:child_process";
const api = process.env.MLFLOW_TRACKING_URI + "/api/2.0/mlflow/runs/create";
async function open(parent) {
  const body = { experiment_id: process.env.MLFLOW_EXPERIMENT_ID, start_time: Date.now(), tags: [{ key: "mlflow.parentRunId", value: parent }] };
  const response = await fetch(api, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return (await response.json()).run.info.run_id;
}
const child = await open(process.env.MLFLOW_RUN_ID);
await open(child);
spawn("bash", ["-c", "trap '' INT TERM; while :; do sleep 0.1; done"], { stdio: "ignore" });
spawn("sleep", ["1000"], { stdio: "ignore", detached: true });
process.on("SIGINT", () => { console.log("cleaning up"); process.exit(1); });
console.log("working");
setInterval(() => {}, 1000);
`;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await TemporaryFolder.create();
  await folder.write("MLproject", 'entry_points: {main: {command: "node train.mjs"}}');
  await folder.write("train.mjs", TRAIN);
});
afterEach(async () => {
  for (const pid of await leftProcesses()) killIfThere(Number(pid)); // Left over from a failed test.
  await folder.remove();
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just exited.
  }
}

/** Finds running processes whose environment mentions this test's folder. */
async function leftProcesses(): Promise<readonly string[]> {
  const left: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => ") Z");
    if (environment.includes(`TEST_MARK=${folder.path}`) && !stat.includes(") Z")) left.push(pid);
  }
  return left;
}

function start(args: readonly string[], node?: string): FlightdeckProcess {
  const options = {
    cwd: folder.path,
    env: { TEST_MARK: folder.path, FLIGHTDECK_ENV_ROOT: join(folder.path, "envs") },
  };
  return FlightdeckProcess.start(args, node === undefined ? options : { ...options, node });
}

async function statuses(): Promise<readonly string[]> {
  const { code, stdout, stderr } = await flightdeck(["runs", "list", "--experiment-id", "0", "--json"], {
    cwd: folder.path,
  });
  expect(code, stderr).toBe(0);
  const runs = JSON.parse(stdout) as { info: { status: string } }[]; // The output format of --json.
  return runs.map(({ info }) => info.status);
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("%s during a run kills it, its nested runs and every process", async (signal, code) => {
  const running = start(["run", "."]);
  await running.written(/working/);
  running.child.kill(signal);
  const ended = await running.end();
  expect(ended.code).toBe(code);
  expect(ended.stdout).toBe("working\ncleaning up\n");
  expect(ended.stderr).toMatch(/run [0-9a-f]{32} KILLED\n$/);
  expect(await leftProcesses()).toEqual([]);
  expect(await statuses()).toEqual(["KILLED", "KILLED", "KILLED"]);
});

test("a second Ctrl-C does not wait for a process that will not end", async () => {
  await folder.write(
    "train.mjs",
    `process.on("SIGINT", () => {}).on("SIGTERM", () => {}); console.log("working"); setInterval(() => {}, 1000);`,
  );
  const running = start(["run", "."]);
  await running.written(/working/);
  running.child.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 700));
  running.child.kill("SIGINT");
  expect((await running.end()).code).toBe(130);
  expect(await leftProcesses()).toEqual([]);
  expect(await statuses()).toEqual(["KILLED"]);
});

test("kill -9 of the command ends every process and kills the runs, and the database opens", async () => {
  const running = start(["run", "."]);
  const runId = await running.written(/run ([0-9a-f]{32}): node/);
  await running.written(/working/);
  running.child.kill("SIGKILL");
  running.child.stdout?.destroy(); // The orphans keep the pipe open.
  running.child.stderr?.destroy();
  while ((await leftProcesses()).length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await statuses()).toEqual(["KILLED", "KILLED", "KILLED"]);
  const described = await flightdeck(["runs", "describe", "--run-id", runId], { cwd: folder.path });
  expect(JSON.parse(described.stdout)).toMatchObject({ info: { run_id: runId } });
});

/** Whether npm has reached the install script of the package. */
async function isInstalling(): Promise<boolean> {
  const envs = join(folder.path, "envs");
  const ids = await readdir(envs).catch(() => []);
  return ids.some((id) => existsSync(join(envs, id, "installing")));
}

test.each([
  ["SIGINT", 130],
  ["SIGKILL", null],
] as const)("%s while an environment is built ends that too", async (signal, code) => {
  await folder.write(
    "MLproject",
    'node_env: package.json\nentry_points: {main: {command: "node train.mjs"}}',
  );
  const building = JSON.stringify({
    name: "x",
    scripts: { preinstall: "echo installing > installing; sleep 1000" },
  });
  await folder.write("package.json", building);
  await folder.write(
    "package-lock.json",
    '{"name": "x", "lockfileVersion": 3, "packages": {"": {"name": "x"}}}',
  );
  const running = start(["run", "."], process.execPath);
  await running.written(/building the environment of package.json by npm/);
  while (!(await isInstalling())) await sleep(50);
  running.child.kill(signal);
  running.child.stdout?.destroy(); // Orphans would keep the pipe open.
  running.child.stderr?.destroy();
  expect((await running.end()).code).toBe(code);
  while ((await leftProcesses()).length > 0) await sleep(100);
  expect(await statuses()).toEqual(["KILLED"]);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s closes a server with exit code 0", async (signal) => {
  const server = start(["server", "-p", "0"]);
  const url = await server.written(/http:\/\/127\.0\.0\.1:\d+/);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  server.child.kill(signal);
  expect((await server.end()).code).toBe(0);
  await expect(fetch(`${url}/health`)).rejects.toThrow();
  expect(await leftProcesses()).toEqual([]);
});
