import { assert } from "@flightdeck/core";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, type Work } from "../database/work.ts";
import { internKeys, keyId, type KeyIds } from "../tracking/keys.ts";
import { insertMetrics } from "../tracking/metrics.ts";
import { insertDatasetInputs, insertModelInputs, insertModelOutputs } from "../tracking/run-inputs.ts";
import type { RunRow } from "../tracking/run-rows.ts";
import type { ImportedHistory, ImportedRun } from "./import-sink.ts";
import { beginProgress } from "./progress.ts";

/** Part of a write. `nowMs` stands for the time of a deletion that nobody noted. */
export function* importRuns(nowMs: number, experimentId: number, runs: readonly ImportedRun[]): Work<void> {
  yield* insertRows(
    UPSERT_RUNS,
    runs.map((run) => runColumns(nowMs, experimentId, run)),
  );
  const rows = yield* runRows(runs.map(({ info }) => info.runId));
  const keys = runs.flatMap(({ data }) => [...data.params, ...data.tags].map(({ key }) => key));
  const keysOf = yield* internByExperiment([...rows.values()], keys);
  for (const run of runs) {
    const row = rowOf(rows, run.info.runId);
    yield* addTexts(row, run, keysOf(row));
    yield* insertDatasetInputs(row, run.inputs.datasetInputs);
    yield* insertModelInputs(row, run.inputs.modelInputs);
    yield* insertModelOutputs(row, run.outputs.modelOutputs);
  }
  yield* beginProgress(
    "run",
    runs.map(({ info }) => info.runId),
  );
}

/** Part of a write. */
export function* importMetrics(histories: readonly ImportedHistory[]): Work<void> {
  const rows = yield* runRows(histories.map(({ runId }) => runId));
  const keys = histories.flatMap(({ metrics }) => metrics.map(({ key }) => key));
  const keysOf = yield* internByExperiment([...rows.values()], keys);
  for (const { runId, metrics } of histories) {
    const row = rowOf(rows, runId);
    yield* insertMetrics(row.id, metrics, keysOf(row));
  }
}

/** Rows of runs by their ids on the wire. */
export function* runRows(runIds: readonly string[]): Work<ReadonlyMap<string, RunRow>> {
  const rows = yield* all(selectRuns({ runIds: JSON.stringify(runIds) }));
  return new Map(rows.map((row) => [row.run_uuid, row]));
}

function rowOf(rows: ReadonlyMap<string, RunRow>, runId: string): RunRow {
  const row = rows.get(runId);
  assert(row !== undefined, `run ${runId} was stored before`);
  return row;
}

/** Runs that were imported before may have been in another experiment than the others. */
function* internByExperiment(
  rows: readonly RunRow[],
  keys: readonly string[],
): Work<(row: RunRow) => KeyIds> {
  const ids = new Map<number, KeyIds>();
  for (const { experiment_id: id } of rows) {
    if (!ids.has(id)) ids.set(id, yield* internKeys(id, keys));
  }
  return (row) => {
    const known = ids.get(row.experiment_id);
    assert(known !== undefined, "the keys of every row's experiment were interned");
    return known;
  };
}

function* addTexts(row: RunRow, { data }: ImportedRun, ids: KeyIds): Work<void> {
  for (const [insert, texts] of [
    [INSERT_PARAMS, data.params],
    [UPSERT_TAGS, data.tags],
  ] as const) {
    const values = new Map(texts.map(({ key, value }) => [key, value]));
    yield* insertRows(
      insert,
      [...values].map(([key, value]) => [row.id, keyId(ids, key), value]),
    );
  }
}

function runColumns(nowMs: number, experimentId: number, run: ImportedRun): readonly unknown[] {
  const { info, data, deletedTimeMs } = run;
  const name = info.runName || data.tags.find(({ key }) => key === SYSTEM_TAGS.runName)?.value;
  const deleted = info.lifecycleStage === "deleted" ? (deletedTimeMs ?? nowMs) : null;
  const { runId, userId, status, startTimeMs, endTimeMs = null, artifactUri } = info;
  return [runId, experimentId, name ?? "", userId, status, startTimeMs, endTimeMs, artifactUri, deleted];
}

const UPSERT_RUNS = bulkInsert(
  "runs",
  [
    "run_uuid",
    "experiment_id",
    "name",
    "user_id",
    "status",
    "start_time_ms",
    "end_time_ms",
    "artifact_uri",
    "deleted_time_ms",
  ],
  {
    target: ["run_uuid"],
    update: ["name", "status", "end_time_ms"],
    where: "runs.end_time_ms IS NULL",
  },
);

const INSERT_PARAMS = bulkInsert("params", ["run_id", "key_id", "value"], {
  target: ["run_id", "key_id"],
  update: [],
});
const UPSERT_TAGS = bulkInsert("tags", ["run_id", "key_id", "value"], {
  target: ["run_id", "key_id"],
  update: ["value"],
});

const selectRuns = statement<{ runIds: string }>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .selectAll()
    .where("run_uuid", "in", dialect.listOfTexts(arg("runIds"))),
);
