import { AppError, assert, newModelId } from "@flightdeck/core";
import {
  LIMITS,
  type LoggedModel,
  type LoggedModelStatus,
  type Metric,
  type Param,
  type Tag,
} from "@flightdeck/protocol";
import { type BulkInsert, bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, run, type Work } from "../database/work.ts";
import { checkLength, pythonRepr } from "../validation/text.ts";
import type { StoreContext } from "./context.ts";
import { getActiveExperimentRow } from "./experiments.ts";
import { getLoggedModelRow, loggedModelNotFound, type LoggedModelRow } from "./logged-model-rows.ts";
import { storedValue } from "./metrics.ts";
import { randomName } from "./random-name.ts";
import type { CreateLoggedModelInput } from "./tracking-store.ts";
import { appendToUri } from "./uris.ts";

/** Part of a write. A new model is pending until it is finalized. */
export function* createLoggedModel(context: StoreContext, input: CreateLoggedModelInput): Work<LoggedModel> {
  const { tags = [], params = [] } = input;
  checkLoggedModelName(input.name);
  const experiment = yield* getActiveExperimentRow(input.experimentId);
  const modelId = newModelId();
  const row = yield* first(
    insertModel({
      modelId,
      experimentId: experiment.id,
      name: input.name ?? randomName(context.random),
      modelType: input.modelType ?? "",
      sourceRunId: input.sourceRunId ?? "",
      status: "LOGGED_MODEL_PENDING",
      artifactUri: loggedModelUri(experiment.artifact_location, modelId),
      now: context.clock.nowMs(),
    }),
  );
  assert(row !== undefined, "an insert returns its row");
  yield* setTexts(UPSERT_TAGS, row.id, tags);
  yield* setTexts(INSERT_PARAMS, row.id, params);
  return yield* readModel(row);
}

/**
 * Databricks' clients know a logged model below `mlflow-tracking` by the folder `logged_models`; MLflow's own layout has
 * `models`.
 */
function loggedModelUri(location: string, modelId: string): string {
  const isTrackingRoot = location.startsWith("dbfs:/databricks/mlflow-tracking/");
  return appendToUri(location, isTrackingRoot ? "logged_models" : "models", modelId, "artifacts");
}

/** A deleted model counts as absent. */
export function* getLoggedModel(modelId: string): Work<LoggedModel> {
  const row = yield* getLoggedModelRow(modelId);
  if (row.deleted_time_ms !== null) throw loggedModelNotFound(modelId);
  return yield* readModel(row);
}

export function* finalizeLoggedModel(
  context: StoreContext,
  modelId: string,
  status: LoggedModelStatus,
): Work<LoggedModel> {
  const { id } = yield* getLoggedModelRow(modelId);
  yield* run(updateStatus({ id, status, now: context.clock.nowMs() }));
  return yield* readModel(yield* getLoggedModelRow(modelId));
}

export function* deleteLoggedModel(context: StoreContext, modelId: string): Work<void> {
  const { id } = yield* getLoggedModelRow(modelId);
  yield* run(updateDeleted({ id, now: context.clock.nowMs() }));
}

export function* setLoggedModelTags(modelId: string, tags: readonly Tag[]): Work<LoggedModel> {
  const row = yield* getLoggedModelRow(modelId);
  yield* setTexts(UPSERT_TAGS, row.id, tags);
  return yield* readModel(row);
}

/** An absent tag throws `RESOURCE_DOES_NOT_EXIST`. */
export function* deleteLoggedModelTag(modelId: string, key: string): Work<void> {
  const { id } = yield* getLoggedModelRow(modelId);
  const deleted = yield* first(deleteTag({ id, key }));
  if (deleted !== undefined) return;
  throw new AppError(
    "RESOURCE_DOES_NOT_EXIST",
    `No tag with key ${pythonRepr(key)} found for model with ID ${pythonRepr(modelId)}.`,
  );
}

export function* logLoggedModelParams(modelId: string, params: readonly Param[]): Work<void> {
  const { id } = yield* getLoggedModelRow(modelId);
  yield* setTexts(INSERT_PARAMS, id, yield* newParams(modelId, id, params));
}

/** Those that the model has not. A param of a model is logged once, as one of a run is. */
function* newParams(modelId: string, id: number, params: readonly Param[]): Work<readonly Param[]> {
  const rows = yield* all(selectParams({ modelIds: JSON.stringify([id]) }));
  const logged = new Map(rows.map(({ key, value }) => [key, value]));
  for (const { key, value } of params) {
    const old = logged.get(key);
    if (old === undefined || old === value) continue;
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old}' for model ID='${modelId}'. Attempted logging new value '${value}'.`,
    );
  }
  return params.filter(({ key }) => !logged.has(key));
}

/** The models of rows with all that belongs to them, in three queries. */
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
    status: row.status as LoggedModelStatus, // The store writes nothing else.
    statusMessage: row.status_message,
    artifactUri: row.artifact_uri,
    creationTimeMs: row.creation_time_ms,
    lastUpdateTimeMs: row.last_update_time_ms,
    tags: (tags.get(row.id) ?? []).map(textFromRow),
    params: (params.get(row.id) ?? []).map(textFromRow),
    metrics: (metrics.get(row.id) ?? []).map((metric) => metricFromRow(row.model_uuid, metric)),
  }));
}

function* readModel(row: LoggedModelRow): Work<LoggedModel> {
  const [model] = yield* readLoggedModels([row]);
  assert(model !== undefined, "one row gives one model");
  return model;
}

function checkLoggedModelName(name: string | undefined): void {
  if (name === undefined) return;
  if (name === "" || /[/:.%"']/.test(name)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Invalid model name (${pythonRepr(name)}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    );
  }
  checkLength("name", name, LIMITS.experimentNameCharsMax);
}

function* setTexts(insert: BulkInsert, id: number, texts: readonly Tag[]): Work<void> {
  const values = new Map(texts.map(({ key, value }) => [key, value]));
  yield* insertRows(
    insert,
    [...values].map(([key, value]) => [id, key, value]),
  );
}

function textFromRow({ key, value }: Tag): Tag {
  return { key, value };
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

const TEXT_COLUMNS = ["model_id", "key", "value"] as const;
const UPSERT_TAGS = bulkInsert("logged_model_tags", TEXT_COLUMNS, {
  target: ["model_id", "key"],
  update: ["value"],
});
const INSERT_PARAMS = bulkInsert("logged_model_params", TEXT_COLUMNS);

const insertModel = statement<{
  modelId: string;
  experimentId: number;
  name: string;
  modelType: string;
  sourceRunId: string;
  status: LoggedModelStatus;
  artifactUri: string;
  now: number;
}>()((db, arg) =>
  db
    .insertInto("logged_models")
    .values({
      model_uuid: arg("modelId"),
      experiment_id: arg("experimentId"),
      name: arg("name"),
      model_type: arg("modelType"),
      source_run_id: arg("sourceRunId"),
      status: arg("status"),
      status_message: "",
      artifact_uri: arg("artifactUri"),
      creation_time_ms: arg("now"),
      last_update_time_ms: arg("now"),
    })
    .returningAll(),
);

const updateStatus = statement<{ id: number; status: LoggedModelStatus; now: number }>()((db, arg) =>
  db
    .updateTable("logged_models")
    .set({ status: arg("status"), last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const updateDeleted = statement<{ id: number; now: number }>()((db, arg) =>
  db
    .updateTable("logged_models")
    .set({ deleted_time_ms: arg("now"), last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const deleteTag = statement<{ id: number; key: string }>()((db, arg) =>
  db
    .deleteFrom("logged_model_tags")
    .where("model_id", "=", arg("id"))
    .where("key", "=", arg("key"))
    .returning("key"),
);

type ModelIds = { readonly modelIds: string };

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
