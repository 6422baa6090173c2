import { AppError, assert } from "@flightdeck/core";
import type { ModelStage, ModelVersion, ModelVersionStatus, Tag } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, execute, type Work } from "../database/work.ts";
import { normalLocation } from "../tracking/uris.ts";
import { checkRegistryTag, checkTagKey } from "../validation/entities.ts";
import { checkModelName, parseStage } from "../validation/registry.ts";
import { leaveManagedFiles, newManagedLocation } from "./managed-files.ts";
import { getModelRow, getVersionRow, type ModelVersionRow, readVersions } from "./model-rows.ts";
import { type ModelOrigin, recordModelVersion, resolveSource, runOf } from "./model-source.ts";
import type { CreateModelVersionInput, ModelVersionKey } from "./registry-store.ts";

/** Numbers versions from 1 per model and never reuses a deleted version's number. */
export function* createModelVersion(
  context: StoreContext,
  input: CreateModelVersionInput,
): Work<ModelVersion> {
  const created = yield* insertOne(context, input, { ...(yield* resolveSource(input)), status: "READY" });
  if (input.modelId === undefined) return created;
  yield* recordModelVersion(input.modelId, { name: created.name, version: Number(created.version) });
  return created;
}

/** The client uploads the files afterwards and tags the logged model itself, as clients of Unity Catalog do. */
export function* createManagedVersion(
  context: StoreContext,
  input: CreateModelVersionInput,
): Work<ModelVersion> {
  const storageLocation = newManagedLocation();
  const runId = yield* runOf(input);
  return yield* insertOne(context, input, { storageLocation, runId, status: "PENDING_REGISTRATION" });
}

export function* finalizeModelVersion(context: StoreContext, key: ModelVersionKey): Work<ModelVersion> {
  const { id, status } = yield* getVersionRow(key);
  if (status !== "READY") yield* execute(updateStatus({ id, status: "READY", now: context.clock.nowMs() }));
  return yield* getModelVersion(key);
}

type NewVersion = ModelOrigin & { readonly status: ModelVersionStatus };

function* insertOne(
  context: StoreContext,
  input: CreateModelVersionInput,
  origin: NewVersion,
): Work<ModelVersion> {
  const { name, source, runLink = "", description = "", userId = "", tags = [] } = input;
  checkModelName(name);
  tags.forEach(checkRegistryTag);
  const now = context.clock.nowMs();
  const counted = yield* first(countVersion({ name, now }));
  if (counted === undefined) yield* getModelRow(name);
  assert(counted !== undefined, "the update of an existing model returns its row");
  const created = yield* first(
    insertVersion({
      modelId: counted.id,
      version: counted.last_version,
      now,
      userId,
      description,
      source,
      storageLocation: normalLocation(origin.storageLocation),
      runId: origin.runId,
      runLink,
      status: origin.status,
      loggedModelId: input.modelId ?? null,
    }),
  );
  assert(created !== undefined, "an insert returns its row");
  yield* setVersionTags(created.id, tags);
  return yield* getModelVersion({ name, version: String(counted.last_version) });
}

export function* getModelVersion(key: ModelVersionKey): Work<ModelVersion> {
  return yield* readVersion(yield* getVersionRow(key));
}

export function* updateModelVersion(
  context: StoreContext,
  key: ModelVersionKey,
  description: string,
): Work<ModelVersion> {
  const { id } = yield* getVersionRow(key);
  yield* execute(updateDescription({ id, description, now: context.clock.nowMs() }));
  return yield* getModelVersion(key);
}

export function* transitionModelVersionStage(
  context: StoreContext,
  key: ModelVersionKey,
  { stage, archiveExisting }: { readonly stage: string; readonly archiveExisting: boolean },
): Work<ModelVersion> {
  const target = parseStage(stage);
  if (archiveExisting && !ACTIVE_STAGES.includes(target)) throw cannotArchive(stage);
  const row = yield* getVersionRow(key);
  const now = context.clock.nowMs();
  // Locks the model first, so that concurrent transitions of its versions wait for each other.
  yield* execute(touchModel({ id: row.model_id, now }));
  if (archiveExisting)
    yield* execute(archiveOthers({ modelId: row.model_id, stage: target, id: row.id, now }));
  yield* execute(updateStage({ id: row.id, stage: target, now }));
  return yield* getModelVersion(key);
}

/** Foreign keys delete its tags and aliases. */
export function* deleteModelVersion(context: StoreContext, key: ModelVersionKey): Work<void> {
  const row = yield* getVersionRow(key);
  const deleted = yield* all(deleteVersion({ id: row.id }));
  yield* leaveManagedFiles(deleted); // Empty if a concurrent call has already deleted it.
  yield* execute(touchModel({ id: row.model_id, now: context.clock.nowMs() }));
}

export function* setModelVersionTag(key: ModelVersionKey, tag: Tag): Work<void> {
  checkRegistryTag(tag);
  const { id } = yield* getVersionRow(key);
  yield* setVersionTags(id, [tag]);
}

/** No error when the tag does not exist, as in MLflow. */
export function* deleteModelVersionTag(key: ModelVersionKey, tagKey: string): Work<void> {
  checkTagKey(tagKey);
  const { id } = yield* getVersionRow(key);
  yield* execute(deleteTag({ id, key: tagKey }));
}

/** MLflow's active stages. */
const ACTIVE_STAGES: readonly ModelStage[] = ["Staging", "Production"];

function cannotArchive(stage: string): AppError {
  return new AppError(
    "INVALID_PARAMETER_VALUE",
    `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage. Valid stages are ['Staging', 'Production']`,
  );
}

function* readVersion(row: ModelVersionRow): Work<ModelVersion> {
  const [version] = yield* readVersions([row]);
  assert(version !== undefined, "one row gives one version");
  return version;
}

function* setVersionTags(id: number, tags: readonly Tag[]): Work<void> {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  yield* insertRows(
    UPSERT_TAGS,
    [...values].map(([key, value]) => [id, key, value]),
  );
}

const UPSERT_TAGS = bulkInsert("model_version_tags", ["version_id", "key", "value"], {
  target: ["version_id", "key"],
  update: ["value"],
});

/** Takes the next number from a counter in the model's row, so that concurrent calls wait for each other. */
const countVersion = statement<{ name: string; now: number }>()((db, arg) =>
  db
    .updateTable("registered_models")
    .set((eb) => ({ last_version: eb("last_version", "+", 1), last_update_time_ms: arg("now") }))
    .where("name", "=", arg("name"))
    .returning(["id", "last_version"]),
);

const insertVersion = statement<{
  modelId: number;
  version: number;
  now: number;
  userId: string;
  description: string;
  source: string;
  storageLocation: string;
  runId: string;
  runLink: string;
  status: ModelVersionStatus;
  loggedModelId: string | null;
}>()((db, arg) =>
  db
    .insertInto("model_versions")
    .values({
      model_id: arg("modelId"),
      version: arg("version"),
      creation_time_ms: arg("now"),
      last_update_time_ms: arg("now"),
      user_id: arg("userId"),
      current_stage: "None",
      description: arg("description"),
      source: arg("source"),
      storage_location: arg("storageLocation"),
      run_id: arg("runId"),
      run_link: arg("runLink"),
      status: arg("status"),
      status_message: "",
      logged_model_uuid: arg("loggedModelId"),
    })
    .returning("id"),
);

const updateDescription = statement<{ id: number; description: string; now: number }>()((db, arg) =>
  db
    .updateTable("model_versions")
    .set({ description: arg("description"), last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const archiveOthers = statement<{ modelId: number; stage: string; id: number; now: number }>()((db, arg) =>
  db
    .updateTable("model_versions")
    .set({ current_stage: "Archived", last_update_time_ms: arg("now") })
    .where("model_id", "=", arg("modelId"))
    .where("current_stage", "=", arg("stage"))
    .where("id", "!=", arg("id")),
);

const updateStage = statement<{ id: number; stage: string; now: number }>()((db, arg) =>
  db
    .updateTable("model_versions")
    .set({ current_stage: arg("stage"), last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const updateStatus = statement<{ id: number; status: ModelVersionStatus; now: number }>()((db, arg) =>
  db
    .updateTable("model_versions")
    .set({ status: arg("status"), last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const touchModel = statement<{ id: number; now: number }>()((db, arg) =>
  db
    .updateTable("registered_models")
    .set({ last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const deleteVersion = statement<{ id: number }>()((db, arg) =>
  db.deleteFrom("model_versions").where("id", "=", arg("id")).returning(["id", "storage_location"]),
);

const deleteTag = statement<{ id: number; key: string }>()((db, arg) =>
  db.deleteFrom("model_version_tags").where("version_id", "=", arg("id")).where("key", "=", arg("key")),
);
