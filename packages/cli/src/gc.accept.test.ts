import { MlflowClient } from "@flightdeck/client";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flightdeck, FlightdeckProcess, type FlightdeckResult } from "./testing/flightdeck-process.ts";
import { TemporaryFolder } from "./testing/temporary-folder.ts";

/** Enough for several batches, so that a kill after the first one leaves work to do. */
const RUNS = 400;

let folder: TemporaryFolder;
let server: FlightdeckProcess;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await TemporaryFolder.create();
  await folder.write("MLproject", 'entry_points: {main: {command: "echo trained"}}');
  await folder.write("a.txt", "12345");
  server = FlightdeckProcess.start(["server", "-p", "0", "--data-dir", "data"], { cwd: folder.path });
  env = { MLFLOW_TRACKING_URI: await server.written(/http:\/\/127\.0\.0\.1:\d+/) };
});
afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.end();
  await folder.remove();
});

async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await flightdeck(args, { cwd: folder.path, env });
  expect(code, stderr).toBe(0);
  return stdout;
}

function gc(...args: readonly string[]): Promise<FlightdeckResult> {
  return flightdeck(["gc", "--data-dir", "data", ...args], { cwd: folder.path });
}

type Experiment = { readonly id: string; readonly runIds: readonly string[] };

/** Creates an experiment with two runs, each with a five-byte artifact. */
async function makeExperiment(name: string): Promise<Experiment> {
  for (const _ of [1, 2]) await ok("run", ".", "--experiment-name", name);
  const { experiment_id: id } = JSON.parse(await ok("experiments", "get", "-n", name, "--json")) as {
    experiment_id: string;
  };
  const runs = JSON.parse(await ok("runs", "list", "--experiment-id", id, "--json")) as {
    info: { run_id: string };
  }[];
  const runIds = runs.map(({ info }) => info.run_id);
  for (const runId of runIds) await ok("artifacts", "log-artifact", "-l", "a.txt", "-r", runId);
  return { id, runIds };
}

test("while a server runs, deleted objects are removed for good and all others stay", async () => {
  const { id, runIds } = await makeExperiment("kept");
  const [gone = "", kept = ""] = runIds;
  await ok("runs", "delete", "--run-id", gone);
  const shown = `Run with ID ${gone} would be permanently deleted: 1 file, 5 B.\n1 run: 1 file, 5 B (dry run).\n`;
  expect(await gc("--dry-run")).toMatchObject({ code: 0, stdout: shown, stderr: "" });
  expect((await gc("--older-than", "1h")).stdout).toBe("There is nothing to delete.\n");
  expect((await gc("--run-ids", kept)).stderr).toContain(`Run ${kept} is not in the deleted lifecycle stage`);
  const place = join(folder.path, "data/artifacts", id, gone);
  expect(existsSync(place)).toBe(true);
  expect((await gc()).stdout).toContain(`Run with ID ${gone} has been permanently deleted: 1 file, 5 B.`);
  expect(existsSync(place)).toBe(false);
  expect(await ok("runs", "list", "--experiment-id", id, "-v", "all")).not.toContain(gone);
  expect(await ok("artifacts", "list", "-r", kept)).toContain("a.txt");
});

test("a deleted experiment is removed with its runs, and reported as JSON", async () => {
  const { id, runIds } = await makeExperiment("gone");
  await ok("experiments", "delete", "-x", id);
  const { code, stdout } = await gc("--experiment-ids", id, "--json");
  expect(code).toBe(0);
  const answer = JSON.parse(stdout) as { deleted: { kind: string; id: string; bytes: number }[] };
  expect(answer).toMatchObject({ dry_run: false, files: 2, bytes: 10 });
  expect(answer.deleted.map(({ kind }) => kind)).toEqual(["run", "run", "experiment"]);
  expect(answer.deleted.map((each) => each.id).toSorted()).toEqual([...runIds, id].toSorted());
  expect(await ok("experiments", "search", "-v", "all")).not.toContain("gone");
  expect(await ok("experiments", "create", "-n", "gone")).toContain("Created experiment 'gone'");
});

test("a gc killed midway leaves nothing half deleted, and the next one finishes", async () => {
  const client = new MlflowClient({ trackingUri: env["MLFLOW_TRACKING_URI"] ?? "" });
  const experimentId = await client.createExperiment({ name: "killed" });
  const places = new Map<string, string>();
  for (let i = 0; i < RUNS; i++) {
    const { runId } = (await client.createRun({ experimentId })).info;
    const place = join(folder.path, "data/artifacts", experimentId, runId);
    await mkdir(join(place, "artifacts"), { recursive: true });
    await writeFile(join(place, "artifacts/a"), "12345");
    await client.deleteRun(runId);
    places.set(runId, place);
  }
  const killed = FlightdeckProcess.start(["gc", "--data-dir", "data"], { cwd: folder.path });
  await killed.written(/permanently deleted/);
  killed.child.kill("SIGKILL");
  await killed.end();
  const search = { experimentIds: [experimentId], runViewType: "DELETED_ONLY" } as const;
  const left = (await Array.fromAsync(client.searchRunsAll(search))).map(({ info }) => info.runId);
  for (const runId of left) expect(existsSync(places.get(runId) ?? "")).toBe(true);
  expect(await gc("--json")).toMatchObject({ code: 0 });
  expect(await Array.fromAsync(client.searchRunsAll(search))).toEqual([]);
  for (const place of places.values()) expect(existsSync(place)).toBe(false);
});

test("without a workspace, gc does not create one", async () => {
  const { code, stderr } = await flightdeck(["gc", "--data-dir", "absent"], { cwd: folder.path });
  expect(code).toBe(1);
  expect(stderr).toContain("there is no workspace in ");
  expect(existsSync(join(folder.path, "absent"))).toBe(false);
});
