import { AppError, assert } from "@flightdeck/core";
import type { LoggedModel, LoggedModelStatus, Metric, Tag } from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import type { LoggedModelTable } from "../database/tables.ts";
import { all, first, insertRows, type Work } from "../database/work.ts";
import { isLater, storedValue, valueColumns } from "./metrics.ts";

export type LoggedModelRow = Selectable<LoggedModelTable>;

/** Returns the row, even if deleted. Throws `RESOURCE_DOES_NOT_EXIST` when it does not exist. */
export function* getLoggedModelRow(modelId: string): Work<LoggedModelRow> {
  const row = yield* first(selectModel({ modelId }));
  if (row === undefined) throw loggedModelNotFound(modelId);
  return row;
}

export function loggedModelNotFound(modelId: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `Logged model with ID '${modelId}' not found.`);
}

/** Reads complete logged models for the rows, with three queries. */
export function* readLoggedModels(rows: readonly LoggedModelRow[]): Work<readonly LoggedModel[]> {
  if (rows.length === 0) return [];
  const modelIds = JSON.stringify(rows.map(({ id }) => id));
  const tags = Map.groupBy(yield* all(selectTags({ modelIds })), ({ model_id }) => model_id);
  const params = Map.groupBy(yield* all(selectParams({ modelIds })), ({ model_id }) => model_id);
  const metrics = Map.groupBy(yield* all(selectMetrics({ modelIds })), ({ model_id }) => model_id);
  return rows.map((row) => ({
    modelId: row.model_uuid,
    experimentId: String(row.experiment_id),
    name: row.name,
    modelType: row.model_type,
    sourceRunId: row.source_run_id,
    status: row.status as LoggedModelStatus, // Only the store writes this column.
    statusMessage: row.status_message,
    artifactUri: row.artifact_uri,
    creationTimeMs: row.creation_time_ms,
    lastUpdateTimeMs: row.last_update_time_ms,
    tags: (tags.get(row.id) ?? []).map(textFromRow),
    params: (params.get(row.id) ?? []).map(textFromRow),
    metrics: (metrics.get(row.id) ?? []).map((metric) => metricFromRow(row.model_uuid, metric)),
  }));
}

export function* readModel(row: LoggedModelRow): Work<LoggedModel> {
  const [model] = yield* readLoggedModels([row]);
  assert(model !== undefined, "one row gives one model");
  return model;
}

function textFromRow({ key, value }: Tag): Tag {
  return { key, value };
}

/** The params of a model, by key. */
export function* loggedModelParams(id: number): Work<ReadonlyMap<string, string>> {
  const rows = yield* all(selectParams({ modelIds: JSON.stringify([id]) }));
  return new Map(rows.map(({ key, value }) => [key, value]));
}

type MetricRow = {
  readonly key: string;
  readonly value: number;
  readonly is_nan: number;
  readonly step: number;
  readonly timestamp_ms: number;
  readonly dataset_name: string;
  readonly dataset_digest: string;
  readonly run_uuid: string;
};

function metricFromRow(modelId: string, row: MetricRow): Metric {
  return {
    key: row.key,
    value: storedValue(row),
    timestampMs: row.timestamp_ms,
    step: row.step,
    modelId,
    runId: row.run_uuid,
    ...(row.dataset_name !== "" && { datasetName: row.dataset_name }),
    ...(row.dataset_digest !== "" && { datasetDigest: row.dataset_digest }),
  };
}

type ModelIds = { readonly modelIds: string };

/** Updates the metrics of the logged models that points refer to. Throws `RESOURCE_DOES_NOT_EXIST` for an unknown model. */
export function* insertModelMetrics(runId: number, metrics: readonly Metric[]): Work<void> {
  for (const [modelId, points] of byModel(metrics)) {
    const model = yield* getLoggedModelRow(modelId);
    yield* insertRows(
      UPSERT_MODEL_METRICS,
      latest(points).map((metric) => {
        const { value, isNan } = valueColumns(metric.value);
        const { key, datasetName = "", datasetDigest = "", step, timestampMs } = metric;
        return [model.id, key, runId, datasetName, datasetDigest, value, isNan, step, timestampMs];
      }),
    );
  }
}

function byModel(metrics: readonly Metric[]): ReadonlyMap<string, readonly Metric[]> {
  const groups = new Map<string, Metric[]>();
  for (const metric of metrics) {
    if (metric.modelId === undefined) continue;
    const group = groups.get(metric.modelId);
    if (group === undefined) groups.set(metric.modelId, [metric]);
    else group.push(metric);
  }
  return groups;
}

/** Keeps the latest point per key and dataset, which is one row of the table. */
function latest(metrics: readonly Metric[]): readonly Metric[] {
  const points = new Map<string, Metric>();
  for (const metric of metrics) {
    const row = JSON.stringify([metric.key, metric.datasetName, metric.datasetDigest]);
    const rival = points.get(row);
    if (rival === undefined || isLater(metric, rival)) points.set(row, metric);
  }
  return [...points.values()];
}

const selectModel = statement<{ modelId: string }>()((db, arg) =>
  db.selectFrom("logged_models").selectAll().where("model_uuid", "=", arg("modelId")),
);

const selectTags = statement<ModelIds>()((db, arg, dialect) =>
  db
    .selectFrom("logged_model_tags")
    .selectAll()
    .where("model_id", "in", dialect.listOfIntegers(arg("modelIds")))
    .orderBy("key"),
);

const selectParams = statement<ModelIds>()((db, arg, dialect) =>
  db
    .selectFrom("logged_model_params")
    .selectAll()
    .where("model_id", "in", dialect.listOfIntegers(arg("modelIds")))
    .orderBy("key"),
);

const selectMetrics = statement<ModelIds>()((db, arg, dialect) =>
  db
    .selectFrom("logged_model_metrics")
    .innerJoin("runs", "runs.id", "logged_model_metrics.run_id")
    .selectAll("logged_model_metrics")
    .select("runs.run_uuid")
    .where("model_id", "in", dialect.listOfIntegers(arg("modelIds")))
    .orderBy("key")
    .orderBy("logged_model_metrics.run_id"),
);

const UPSERT_MODEL_METRICS = bulkInsert(
  "logged_model_metrics",
  ["model_id", "key", "run_id", "dataset_name", "dataset_digest", "value", "is_nan", "step", "timestamp_ms"],
  {
    target: ["model_id", "key", "run_id", "dataset_name", "dataset_digest"],
    update: ["value", "is_nan", "step", "timestamp_ms"],
    where: `(excluded.step, excluded.timestamp_ms, excluded.value) >
      (logged_model_metrics.step, logged_model_metrics.timestamp_ms, logged_model_metrics.value)`,
  },
);
