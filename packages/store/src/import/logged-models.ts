import { assert } from "@flightdeck/core";
import type { Tag } from "@flightdeck/protocol";
import { type BulkInsert, bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, type Work } from "../database/work.ts";
import { insertModelMetrics } from "../tracking/logged-model-rows.ts";
import type { ImportedModel } from "./import-sink.ts";
import { beginProgress } from "./progress.ts";
import { runRows } from "./runs.ts";

/** Part of a write. Metrics of runs that are not there, since they were removed for good, are left out. */
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
    yield* addTexts(UPSERT_TAGS, id, model.tags);
    yield* addTexts(INSERT_PARAMS, id, model.params);
    yield* addMetrics(model);
  }
  yield* beginProgress("logged_model", modelIds);
}

function* addMetrics({ modelId, metrics }: ImportedModel): Work<void> {
  const byRun = Map.groupBy(metrics, ({ runId }) => runId);
  const rows = yield* runRows([...byRun.keys()]);
  for (const [runId, points] of byRun) {
    const row = rows.get(runId);
    if (row === undefined) continue;
    const measured = points.map((point) => ({ ...point, modelId }));
    yield* insertModelMetrics(row.id, measured);
  }
}

function* addTexts(insert: BulkInsert, id: number, texts: readonly Tag[]): Work<void> {
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

const UPSERT_TAGS = bulkInsert("logged_model_tags", ["model_id", "key", "value"], {
  target: ["model_id", "key"],
  update: ["value"],
});

const INSERT_PARAMS = bulkInsert("logged_model_params", ["model_id", "key", "value"], {
  target: ["model_id", "key"],
  update: [],
});

const selectModels = statement<{ modelIds: string }>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .select(["id", "model_uuid"])
    .where("model_uuid", "in", dialect.listOfTexts(arg("modelIds"))),
);
