import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { LIMITS, SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, execute, type Work } from "../database/work.ts";
import { checkLength } from "../validation/text.ts";
import { findKeyId, internKeys, keyId } from "./keys.ts";
import { lockActiveRunRow, type RunRow } from "./run-rows.ts";

type TaggedRun = Pick<RunRow, "id" | "experiment_id">;

/**
 * Sets tags of a run. The last value of a key wins. `mlflow.runName` also sets the run's name; an empty value is ignored, as in
 * MLflow.
 */
export function* setRunTags(row: TaggedRun, tags: readonly Tag[]): Work<void> {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  const name = values.get(SYSTEM_TAGS.runName);
  if (name === "") values.delete(SYSTEM_TAGS.runName);
  else if (name !== undefined) yield* execute(updateRunName({ runId: row.id, name }));
  const ids = yield* internKeys(row.experiment_id, values.keys());
  yield* insertRows(
    UPSERT_TAGS,
    [...values].map(([key, value]) => [row.id, keyId(ids, key), value]),
  );
}

function* findRunTag(row: TaggedRun, key: string): Work<string | undefined> {
  const id = yield* findKeyId(row.experiment_id, key);
  if (id === undefined) return undefined;
  return (yield* first(selectTag({ runId: row.id, keyId: id })))?.value;
}

/** Throws `RESOURCE_DOES_NOT_EXIST` when the tag does not exist. */
export function* deleteRunTag(row: RunRow, key: string): Work<void> {
  const id = yield* findKeyId(row.experiment_id, key);
  const deleted = id === undefined ? undefined : yield* first(deleteTag({ runId: row.id, keyId: id }));
  if (deleted !== undefined) return;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `No tag with name: ${key} in run with id ${row.run_uuid}`);
}

type JsonObject = Readonly<Record<string, unknown>>;

/** The fields of an MLmodel that MLflow keeps in a run's history, which clients before MLflow 3 use to find models. */
export function modelHistoryEntry(modelJson: string): JsonObject {
  const model = parseObject(modelJson);
  const kept = KEPT_FIELDS.flatMap((field) => (field in model ? [[field, model[field]] as const] : []));
  return { ...Object.fromEntries(kept), flavors: withoutConfigs(model["flavors"]) };
}

/** Adds an entry to the JSON list in the run's tag `mlflow.log-model.history`. */
export function* appendModelHistory(runId: string, entry: JsonObject): Work<void> {
  const run = yield* lockActiveRunRow(runId);
  const previous = yield* findRunTag(run, SYSTEM_TAGS.loggedModelHistory);
  const history: unknown = previous === undefined ? [] : parseUntrustedJson(previous);
  const value = JSON.stringify([...(Array.isArray(history) ? history : []), entry]);
  checkLength("value", value, LIMITS.tagValueCharsMax);
  yield* setRunTags(run, [{ key: SYSTEM_TAGS.loggedModelHistory, value }]);
}

const KEPT_FIELDS = ["run_id", "utc_time_created", "artifact_path", "model_uuid"] as const;

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = parseUntrustedJson(text);
    if (isObject(value) && "flavors" in value) return value;
  } catch {
    // Reported below, like JSON with the wrong content.
  }
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    "Malformed model info: model_json must be an MLmodel as a JSON object with the field 'flavors'",
  );
}

/** Drops each flavor's `config`, which is large and never used. */
function withoutConfigs(flavors: unknown): JsonObject {
  if (!isObject(flavors)) return {};
  const entries = Object.entries(flavors).map(([name, flavor]) => {
    if (!isObject(flavor)) return [name, flavor];
    return [name, Object.fromEntries(Object.entries(flavor).filter(([field]) => field !== "config"))];
  });
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const UPSERT_TAGS = bulkInsert("tags", ["run_id", "key_id", "value"], {
  target: ["run_id", "key_id"],
  update: ["value"],
});

const updateRunName = statement<{ runId: number; name: string }>()((db, arg) =>
  db
    .updateTable("runs")
    .set({ name: arg("name") })
    .where("id", "=", arg("runId")),
);

const selectTag = statement<{ runId: number; keyId: number }>()((db, arg) =>
  db.selectFrom("tags").select("value").where("key_id", "=", arg("keyId")).where("run_id", "=", arg("runId")),
);

const deleteTag = statement<{ runId: number; keyId: number }>()((db, arg) =>
  db
    .deleteFrom("tags")
    .where("key_id", "=", arg("keyId"))
    .where("run_id", "=", arg("runId"))
    .returning("key_id"),
);
