import { AppError, assert } from "@flightdeck/core";
import type { ModelVersion, RegisteredModel, Tag } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { grantToCreator, removeGrants } from "../access/viewer.ts";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, execute, type Work } from "../database/work.ts";
import { checkRegistryTag, checkTagKey } from "../validation/entities.ts";
import { checkAlias, checkAliasNotReserved, checkModelName, parseStage } from "../validation/registry.ts";
import { leaveManagedFiles } from "./managed-files.ts";
import {
  getModelRow,
  getVersionRow,
  lockModelRow,
  readModels,
  type RegisteredModelRow,
} from "./model-rows.ts";
import { getModelVersion } from "./model-versions.ts";
import type { CreateRegisteredModelInput, ModelVersionKey } from "./registry-store.ts";

export function* createRegisteredModel(
  context: StoreContext,
  { name, description = "", tags = [] }: CreateRegisteredModelInput,
): Work<RegisteredModel> {
  checkModelName(name);
  tags.forEach(checkRegistryTag);
  const created = yield* first(insertModel({ name, description, now: context.clock.nowMs() }));
  if (created === undefined) throw alreadyExists(name);
  yield* setModelTags(created.id, tags);
  yield* grantToCreator(context.visibleTo, { kind: "registered-model", id: created.id });
  return yield* readModel(created);
}

export function* getRegisteredModel(name: string): Work<RegisteredModel> {
  return yield* readModel(yield* getModelRow(name));
}

export function* renameRegisteredModel(
  context: StoreContext,
  name: string,
  newName: string,
): Work<RegisteredModel> {
  checkModelName(newName, "new_name");
  const row = yield* lockModelRow(name);
  const owner = yield* first(selectIdByName({ name: newName }));
  if (owner !== undefined && owner.id !== row.id) throw alreadyExists(newName);
  const now = context.clock.nowMs();
  yield* execute(updateName({ id: row.id, name: newName, now }));
  yield* execute(touchVersions({ id: row.id, now }));
  return yield* getRegisteredModel(newName);
}

export function* updateRegisteredModel(
  context: StoreContext,
  name: string,
  description: string,
): Work<RegisteredModel> {
  const { id } = yield* getModelRow(name);
  yield* execute(updateDescription({ id, description, now: context.clock.nowMs() }));
  return yield* getRegisteredModel(name);
}

/** Deletes its versions, tags, aliases and grants as well. */
export function* deleteRegisteredModel(name: string): Work<void> {
  const { id } = yield* lockModelRow(name);
  const versions = yield* all(selectFiles({ id }));
  yield* execute(deleteModel({ id }));
  yield* removeGrants({ kind: "registered-model", id });
  yield* leaveManagedFiles(versions);
}

export function* setRegisteredModelTag(name: string, tag: Tag): Work<void> {
  checkModelName(name);
  checkRegistryTag(tag);
  const { id } = yield* getModelRow(name);
  yield* setModelTags(id, [tag]);
}

/** No error when the tag does not exist, as in MLflow. */
export function* deleteRegisteredModelTag(name: string, key: string): Work<void> {
  checkModelName(name);
  checkTagKey(key);
  const { id } = yield* getModelRow(name);
  yield* execute(deleteTag({ id, key }));
}

/** The newest version of each given stage, or of all stages when none is given. */
export function* getLatestVersions(name: string, stages: readonly string[]): Work<readonly ModelVersion[]> {
  const wanted = new Set(stages.map(parseStage));
  const { latestVersions } = yield* getRegisteredModel(name);
  return wanted.size === 0
    ? latestVersions
    : latestVersions.filter(({ currentStage }) => wanted.has(currentStage));
}

function* readModel(row: RegisteredModelRow): Work<RegisteredModel> {
  const [model] = yield* readModels([row]);
  assert(model !== undefined, "one row gives one model");
  return model;
}

function* setModelTags(id: number, tags: readonly Tag[]): Work<void> {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  yield* insertRows(
    UPSERT_TAGS,
    [...values].map(([key, value]) => [id, key, value]),
  );
}

function alreadyExists(name: string): AppError {
  return new AppError("RESOURCE_ALREADY_EXISTS", `Registered Model (name=${name}) already exists.`);
}

/** Points the alias at this version, moving it if it exists. */
export function* setRegisteredModelAlias(key: ModelVersionKey, alias: string): Work<void> {
  checkModelName(key.name);
  checkAlias(alias);
  checkAliasNotReserved(alias);
  const row = yield* getVersionRow(key);
  yield* insertRows(UPSERT_ALIAS, [[row.model_id, alias, row.id]]);
}

/** No error when the alias does not exist, as in MLflow. */
export function* deleteRegisteredModelAlias(name: string, alias: string): Work<void> {
  checkModelName(name);
  checkAlias(alias);
  const { id } = yield* getModelRow(name);
  yield* execute(deleteAlias({ id, alias }));
}

/** `latest` means the highest version. Any other alias must exist. */
export function* getModelVersionByAlias(name: string, alias: string): Work<ModelVersion> {
  checkModelName(name);
  checkAlias(alias);
  const { id } = yield* getModelRow(name);
  const isLatest = alias.toLowerCase() === "latest";
  const found = yield* first(isLatest ? selectHighest({ id }) : selectAliased({ id, alias }));
  if (found !== undefined) return yield* getModelVersion({ name, version: String(found.version) });
  throw isLatest
    ? new AppError("RESOURCE_DOES_NOT_EXIST", `Latest version not found for model ${name}.`)
    : new AppError("INVALID_PARAMETER_VALUE", `Registered model alias ${alias} not found.`);
}

const UPSERT_TAGS = bulkInsert("registered_model_tags", ["model_id", "key", "value"], {
  target: ["model_id", "key"],
  update: ["value"],
});

const insertModel = statement<{ name: string; description: string; now: number }>()((db, arg) =>
  db
    .insertInto("registered_models")
    .values({
      name: arg("name"),
      description: arg("description"),
      creation_time_ms: arg("now"),
      last_update_time_ms: arg("now"),
      last_version: 0,
    })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .returningAll(),
);

const selectIdByName = statement<{ name: string }>()((db, arg) =>
  db.selectFrom("registered_models").select("id").where("name", "=", arg("name")),
);

const updateName = statement<{ id: number; name: string; now: number }>()((db, arg) =>
  db
    .updateTable("registered_models")
    .set({ name: arg("name"), last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const touchVersions = statement<{ id: number; now: number }>()((db, arg) =>
  db
    .updateTable("model_versions")
    .set({ last_update_time_ms: arg("now") })
    .where("model_id", "=", arg("id")),
);

const updateDescription = statement<{ id: number; description: string; now: number }>()((db, arg) =>
  db
    .updateTable("registered_models")
    .set({ description: arg("description"), last_update_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const selectFiles = statement<{ id: number }>()((db, arg) =>
  db.selectFrom("model_versions").select(["id", "storage_location"]).where("model_id", "=", arg("id")),
);

const deleteModel = statement<{ id: number }>()((db, arg) =>
  db.deleteFrom("registered_models").where("id", "=", arg("id")),
);

const deleteTag = statement<{ id: number; key: string }>()((db, arg) =>
  db.deleteFrom("registered_model_tags").where("model_id", "=", arg("id")).where("key", "=", arg("key")),
);

const UPSERT_ALIAS = bulkInsert("registered_model_aliases", ["model_id", "alias", "version_id"], {
  target: ["model_id", "alias"],
  update: ["version_id"],
});

const deleteAlias = statement<{ id: number; alias: string }>()((db, arg) =>
  db
    .deleteFrom("registered_model_aliases")
    .where("model_id", "=", arg("id"))
    .where("alias", "=", arg("alias")),
);

const selectAliased = statement<{ id: number; alias: string }>()((db, arg) =>
  db
    .selectFrom("registered_model_aliases")
    .innerJoin("model_versions", "model_versions.id", "registered_model_aliases.version_id")
    .select("version")
    .where("registered_model_aliases.model_id", "=", arg("id"))
    .where("alias", "=", arg("alias")),
);

const selectHighest = statement<{ id: number }>()((db, arg) =>
  db
    .selectFrom("model_versions")
    .select("version")
    .where("model_id", "=", arg("id"))
    .orderBy("version", "desc")
    .limit(1),
);
