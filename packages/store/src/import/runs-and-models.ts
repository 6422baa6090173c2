import { assert } from "@flightdeck/core";
import { SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { type BulkInsert, bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, type Work } from "../database/work.ts";
import { internKeys, keyId, type KeyIds } from "../tracking/keys.ts";
import { insertModelMetrics } from "../tracking/logged-model-rows.ts";
import { insertMetrics } from "../tracking/metrics.ts";
import { insertDatasetInputs, insertModelInputs, insertModelOutputs } from "../tracking/run-inputs.ts";
import type { RunRow } from "../tracking/run-rows.ts";
import type { ImportedHistory, ImportedModel, ImportedRun } from "./import-sink.ts";
import { beginProgress } from "./progress.ts";

/** `nowMs` is used when the time of a deletion is unknown. Runs in a write transaction. */
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
    yield* addRunTexts(row, run, keysOf(row));
    yield* insertDatasetInputs(row, run.inputs.datasetInputs);
    yield* insertModelInputs(row, run.inputs.modelInputs);
    yield* insertModelOutputs(row, run.outputs.modelOutputs);
  }
  yield* beginProgress(
    "run",
    runs.map(({ info }) => info.runId),
  );
}

/** Runs in a write transaction. */
export function* importMetrics(histories: readonly ImportedHistory[]): Work<void> {
  const rows = yield* runRows(histories.map(({ runId }) => runId));
  const keys = histories.flatMap(({ metrics }) => metrics.map(({ key }) => key));
  const keysOf = yield* internByExperiment([...rows.values()], keys);
  for (const { runId, metrics } of histories) {
    const row = rowOf(rows, runId);
    yield* insertMetrics(row.id, metrics, keysOf(row));
  }
}

/** Rows of runs by their UUIDs. */
function* runRows(runIds: readonly string[]): Work<ReadonlyMap<string, RunRow>> {
  const rows = yield* all(selectRuns({ runIds: JSON.stringify(runIds) }));
  return new Map(rows.map((row) => [row.run_uuid, row]));
}

function rowOf(rows: ReadonlyMap<string, RunRow>, runId: string): RunRow {
  const row = rows.get(runId);
  assert(row !== undefined, `run ${runId} was stored before`);
  return row;
}

/** A run that was imported before may be in a different experiment from the others. */
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

function* addRunTexts(row: RunRow, { data }: ImportedRun, ids: KeyIds): Work<void> {
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

/** Skips metrics of runs that do not exist because they were permanently removed. Runs in a write transaction. */
export function* importModels(experimentId: number, models: readonly ImportedModel[]): Work<void> {
  yield* insertRows(
    INSERT_MODELS,
    models.map((model) => modelColumns(experimentId, model)),
  );
  const modelIds = models.map((model) => model.modelId);
  const rows = new Map(
    (yield* all(selectModels({ modelIds: JSON.stringify(modelIds) }))).map((row) => [row.model_uuid, row.id]),
  );
  for (const model of models) {
    const id = rows.get(model.modelId);
    assert(id !== undefined, `logged model ${model.modelId} was stored before`);
    yield* addModelTexts(UPSERT_MODEL_TAGS, id, model.tags);
    yield* addModelTexts(INSERT_MODEL_PARAMS, id, model.params);
    yield* addModelMetrics(model);
  }
  yield* beginProgress("logged_model", modelIds);
}

function* addModelMetrics({ modelId, metrics }: ImportedModel): Work<void> {
  const byRun = Map.groupBy(metrics, ({ runId }) => runId);
  const rows = yield* runRows([...byRun.keys()]);
  for (const [runId, points] of byRun) {
    const row = rows.get(runId);
    if (row === undefined) continue;
    const measured = points.map((point) => ({ ...point, modelId }));
    yield* insertModelMetrics(row.id, measured);
  }
}

function* addModelTexts(insert: BulkInsert, id: number, texts: readonly Tag[]): Work<void> {
  const values = new Map(texts.map(({ key, value }) => [key, value]));
  yield* insertRows(
    insert,
    [...values].map(([key, value]) => [id, key, value]),
  );
}

function modelColumns(experimentId: number, model: ImportedModel): readonly unknown[] {
  return [
    model.modelId,
    experimentId,
    model.name,
    model.modelType,
    model.sourceRunId,
    model.status,
    model.statusMessage,
    model.artifactUri,
    model.creationTimeMs,
    model.lastUpdateTimeMs,
    model.isDeleted ? model.lastUpdateTimeMs : null,
  ];
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

const INSERT_MODELS = bulkInsert(
  "logged_models",
  [
    "model_uuid",
    "experiment_id",
    "name",
    "model_type",
    "source_run_id",
    "status",
    "status_message",
    "artifact_uri",
    "creation_time_ms",
    "last_update_time_ms",
    "deleted_time_ms",
  ],
  { target: ["model_uuid"], update: [] },
);

const UPSERT_MODEL_TAGS = bulkInsert("logged_model_tags", ["model_id", "key", "value"], {
  target: ["model_id", "key"],
  update: ["value"],
});

const INSERT_MODEL_PARAMS = bulkInsert("logged_model_params", ["model_id", "key", "value"], {
  target: ["model_id", "key"],
  update: [],
});

const selectModels = statement<{ modelIds: string }>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .select(["id", "model_uuid"])
    .where("model_uuid", "in", dialect.listOfTexts(arg("modelIds"))),
);
