import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { makeRun, metric } from "../testing/helpers.ts";
import { traceInfo } from "../testing/trace-helpers.ts";

/** Enough points for more than one delete step. */
const BATCHES = 12;

test("removing an experiment leaves no rows in any table", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-store-"));
  const file = join(folder, "store.db");
  const store = await openStore({
    backendStoreUri: `sqlite:///${file}`,
    defaultArtifactRoot: "mlflow-artifacts:/",
  });
  const before = rowCounts(file);
  const experimentId = await fill(store);
  expect(Object.keys(changes(before, rowCounts(file)))).toEqual(
    expect.arrayContaining(["runs", "metrics", "latest_metrics", "params", "tags", "keys", "run_models"]),
  );
  await store.tracking.deleteExperiment(experimentId);
  const { garbage } = store;
  await garbage.finish(await garbage.remove(await garbage.findGarbage()));
  expect(changes(before, rowCounts(file))).toEqual({});
  await store.close();
  await rm(folder, { recursive: true });
});

/** Creates an experiment with rows in every table related to experiments. */
async function fill({ tracking, traces, workspace, imports }: Store): Promise<string> {
  const experimentId = await tracking.createExperiment({
    name: "filled",
    tags: [{ key: "team", value: "a" }],
  });
  const contents = { metrics: { a: 1 }, params: { p: "1" }, tags: { t: "1" } };
  const { runId } = (await makeRun(tracking, experimentId, contents)).info;
  for (let step = 0; step < BATCHES; step++) {
    const metrics = Array.from({ length: 1000 }, (_, i) => metric(`m${i % 3}`, i, { step }));
    await tracking.logBatch({ runId, metrics });
  }
  const { modelId } = await tracking.createLoggedModel({ experimentId, sourceRunId: runId });
  await tracking.logBatch({ runId, metrics: [metric("m", 1, { modelId })] });
  await tracking.logOutputs(runId, [{ modelId, step: 0 }]);
  await traces.startTrace(traceInfo("tr-1", { experimentId, tags: { t: "1" } }));
  await workspace.putGrants(
    { kind: "experiment", experimentId },
    [{ grantee: { kind: "group", name: "users" }, level: "CAN_READ" }],
    "add",
  );
  await imports.saveProgress("run", [{ id: runId, state: "complete", points: 1, files: 0 }]);
  return experimentId;
}

type Counts = Readonly<Record<string, number>>;

function rowCounts(file: string): Counts {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const counts = tables
    .map(({ name }) => String(name))
    .filter((name) => !name.startsWith("sqlite_"))
    .map((name) => [name, Number(database.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.["n"])]);
  database.close();
  return Object.fromEntries(counts) as Counts; // Pairs of a name and a number.
}

function changes(before: Counts, after: Counts): Counts {
  return Object.fromEntries(Object.entries(after).filter(([name, count]) => count !== before[name]));
}
