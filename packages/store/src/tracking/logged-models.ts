import { AppError, assert, newModelId } from "@flightdeck/core";
import { LIMITS, type LoggedModel, type LoggedModelStatus, type Param, type Tag } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { type BulkInsert, bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, execute, type Work } from "../database/work.ts";
import { checkLength, pythonRepr } from "../validation/text.ts";
import { getActiveExperimentRow } from "./experiment-rows.ts";
import { getLoggedModelRow, loggedModelNotFound, loggedModelParams, readModel } from "./logged-model-rows.ts";
import { randomName } from "./random-name.ts";
import type { CreateLoggedModelInput } from "./tracking-store.ts";
import { appendToUri } from "./uris.ts";

/** A new model is pending until it is finalized. Runs in a write transaction. */
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
 * Below `mlflow-tracking`, Databricks clients recognize a logged model by the folder `logged_models`. MLflow's layout uses
 * `models`.
 */
function loggedModelUri(location: string, modelId: string): string {
  const isTrackingRoot = location.startsWith("dbfs:/databricks/mlflow-tracking/");
  return appendToUri(location, isTrackingRoot ? "logged_models" : "models", modelId, "artifacts");
}

/** A deleted model counts as missing. */
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
  yield* execute(updateStatus({ id, status, now: context.clock.nowMs() }));
  return yield* readModel(yield* getLoggedModelRow(modelId));
}

export function* deleteLoggedModel(context: StoreContext, modelId: string): Work<void> {
  const { id } = yield* getLoggedModelRow(modelId);
  yield* execute(updateDeleted({ id, now: context.clock.nowMs() }));
}

export function* setLoggedModelTags(modelId: string, tags: readonly Tag[]): Work<LoggedModel> {
  const row = yield* getLoggedModelRow(modelId);
  yield* setTexts(UPSERT_TAGS, row.id, tags);
  return yield* readModel(row);
}

/** Throws `RESOURCE_DOES_NOT_EXIST` when the tag does not exist. */
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

/** Returns the params that the model does not have yet. Throws when the value of an existing param would change. */
function* newParams(modelId: string, id: number, params: readonly Param[]): Work<readonly Param[]> {
  const logged = yield* loggedModelParams(id);
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
