import { MlflowClient } from "@flightdeck/client";
import type { Run } from "@flightdeck/protocol";
import { startTestServer, type TestServer } from "@flightdeck/testkit";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunControl } from "../backends/project-backend.ts";
import type { RunProjectOptions } from "./prepare-project.ts";
import { type ProjectRun, runProject } from "./run-project.ts";

let server: TestServer;
let client: MlflowClient;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  client = new MlflowClient({ trackingUri: server.url });
});
afterAll(() => server.close());
beforeEach(async () => void (folder = await realpath(await mkdtemp(join(tmpdir(), "project-")))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const MLPROJECT = `
entry_points:
  main:
    parameters:
      depth: {type: int, default: 3}
      text: {type: string, default: "a b"}
    command: printf '%s|' {depth} {text} "$MLFLOW_RUN_ID" "$MLFLOW_EXPERIMENT_ID" "$MLFLOW_TRACKING_URI" "\${{MLFLOW_EXPERIMENT_NAME-none}}"
  fail: {command: "echo almost; echo out of disk >&2; exit 7"}
  node: {command: "node -p process.execPath"}
  ours: {command: "node ours.ts"}
  braces: {command: "awk '{print}'"}
  steps: {command: "node -e 'process.on(\\"SIGINT\\", () => process.exit(0)); console.log(1); setInterval(() => 0, 1000)'; echo second step"}
  closes: {command: "node close.mjs; exit {code}", parameters: {code: int}}
  hang: {command: "echo up; while :; do sleep 0.05; done"}
`;

async function run(
  options: Omit<RunProjectOptions, "uri">,
  control: RunControl = {},
): Promise<ProjectRun & { output: string }> {
  await writeFile(join(folder, "MLproject"), MLPROJECT);
  let output = "";
  const context = {
    client,
    trackingUri: server.url,
    download: () => Promise.reject(new TypeError("unexpected download")),
    control: {
      onOutput: ({ chunk }: { chunk: Uint8Array }) => void (output += Buffer.from(chunk).toString()),
      ...control,
    },
    env: { ...process.env, MLFLOW_EXPERIMENT_NAME: "", USER: "tester", LOGNAME: "tester" },
  };
  const ended = await runProject({ ...options, uri: folder }, context);
  return { ...ended, output };
}

const asRecord = (pairs: Run["data"]["tags"]): Record<string, string> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value]));

test("records experiment, name, tags and parameters, and passes the run to the process", async () => {
  const ended = await run({
    experimentName: "projects",
    runName: "first",
    parentRunId: "0".repeat(32),
    parameters: { depth: "5", "conda-env": "x y" },
  });
  expect(ended).toMatchObject({ status: "FINISHED", exitCode: 0 });
  const experiment = await client.getExperimentByName("projects");
  expect(ended.experimentId).toBe(experiment.experimentId);
  const said = ["5", "a b", ended.runId, ended.experimentId, server.url, "none", "--conda-env", "x y"];
  expect(ended.output).toBe(said.map((each) => `${each}|`).join(""));
  const { info, data } = await client.getRun(ended.runId);
  expect(info).toMatchObject({ status: "FINISHED", runName: "first", userId: "tester" });
  expect(info.endTimeMs).toBeGreaterThanOrEqual(info.startTimeMs);
  expect(asRecord(data.params)).toEqual({ depth: "5", text: "a b", "conda-env": "x y" });
  expect(asRecord(data.tags)).toEqual({
    "mlflow.runName": "first",
    "mlflow.user": "tester",
    "mlflow.source.name": folder,
    "mlflow.source.type": "PROJECT",
    "mlflow.project.entryPoint": "main",
    "mlflow.project.backend": "local",
    "mlflow.parentRunId": "0".repeat(32),
  });
});

test("a process that fails leaves a FAILED run, its exit code and its last lines", async () => {
  const ended = await run({ entryPoint: "fail" });
  expect(ended).toMatchObject({ status: "FAILED", exitCode: 7, lastLines: ["almost", "out of disk"] });
  expect((await client.getRun(ended.runId)).info.status).toBe("FAILED");
});

test("keeps the status that the process set itself, unless the process fails afterwards", async () => {
  const close = `
    const url = process.env.MLFLOW_TRACKING_URI + "/api/2.0/mlflow/runs/update";
    const body = JSON.stringify({ run_id: process.env.MLFLOW_RUN_ID, status: "FINISHED", end_time: 1 });
    await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  `;
  await writeFile(join(folder, "close.mjs"), close);
  const good = await run({ entryPoint: "closes", parameters: { code: "0" } });
  expect((await client.getRun(good.runId)).info).toMatchObject({ status: "FINISHED", endTimeMs: 1 });
  const bad = await run({ entryPoint: "closes", parameters: { code: "3" } });
  expect(bad).toMatchObject({ status: "FAILED", exitCode: 3 });
  expect((await client.getRun(bad.runId)).info.status).toBe("FAILED");
});

test("logs to an existing run, which keeps its tags and parameters", async () => {
  const { info } = await client.createRun({ experimentId: "0", runName: "mine" });
  const ended = await run({ runId: info.runId });
  expect(ended.runId).toBe(info.runId);
  const after = await client.getRun(info.runId);
  expect(after.info).toMatchObject({ status: "FINISHED", runName: "mine" });
  expect(after.data.params).toEqual([]);
});

test("node in a command is the Node that is running us", async () => {
  const ended = await run({ entryPoint: "node" });
  expect(dirname(ended.output.trim())).toBe(dirname(process.execPath));
});

test("a Node program can import our packages from anywhere; packages installed beside it come first", async () => {
  const program = `import { isAppError } from "@flightdeck/core"; console.log(typeof isAppError, isAppError.mine);`;
  await writeFile(join(folder, "ours.ts"), program);
  expect((await run({ entryPoint: "ours" })).output).toBe("function undefined\n");
  const own = join(folder, "node_modules/@flightdeck/core");
  await mkdir(own, { recursive: true });
  await writeFile(join(own, "package.json"), '{"type": "module", "exports": "./index.js"}');
  await writeFile(join(own, "index.js"), "export const isAppError = () => 0; isAppError.mine = true;");
  expect((await run({ entryPoint: "ours" })).output).toBe("function true\n");
});

test("records nothing for an invalid request", async () => {
  const before = (await client.searchRuns({ experimentIds: ["0"] })).items.length;
  await expect(run({ parameters: { depth: "deep" } })).rejects.toThrow("must be an int");
  await expect(run({ entryPoint: "mian" })).rejects.toThrow('did you mean "main"?');
  await expect(run({ entryPoint: "braces" })).rejects.toThrow('uses the parameter "print"');
  await expect(run({ backend: "kubernetes" })).rejects.toThrow("kubernetes is not supported yet");
  await expect(run({ experimentId: "4711" })).rejects.toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
  expect((await client.searchRuns({ experimentIds: ["0"] })).items).toHaveLength(before);
});

test("no further step runs after one that exits normally on an interrupt", async () => {
  const stop = new AbortController();
  const ended = await run({ entryPoint: "steps" }, { signal: stop.signal, onOutput: () => stop.abort() });
  expect(ended).toMatchObject({ status: "KILLED", exitCode: 130, lastLines: ["1"] });
});

test("cancelling kills the run and its open nested runs, and nothing else", async () => {
  const stop = new AbortController();
  let started: (runId: string) => void = () => undefined;
  const runId = new Promise<string>((resolve) => void (started = resolve));
  const running = run(
    { entryPoint: "hang" },
    { signal: stop.signal, killSignal: stop.signal, onStart: (each) => started(each.runId) },
  );
  const root = await runId;
  const child = async (parent: string): Promise<string> => {
    const tags = [{ key: "mlflow.parentRunId", value: parent }];
    return (await client.createRun({ experimentId: "0", tags })).info.runId;
  };
  const [open, finished, stranger] = [await child(root), await child(root), await child("f".repeat(32))];
  const below = await child(finished);
  await client.updateRun({ runId: finished, status: "FINISHED", endTimeMs: Date.now() });
  stop.abort();
  expect((await running).status).toBe("KILLED");
  const statusOf = async (id: string): Promise<string> => (await client.getRun(id)).info.status;
  expect(await Promise.all([root, open, finished, below, stranger].map(statusOf))).toEqual([
    "KILLED",
    "KILLED",
    "FINISHED",
    "KILLED",
    "RUNNING",
  ]);
});
