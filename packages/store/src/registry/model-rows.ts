import { AppError } from "@flightdeck/core";
import type {
  ModelStage,
  ModelVersion,
  ModelVersionStatus,
  RegisteredModel,
  Tag,
} from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { ModelVersionTable, RegisteredModelTable } from "../database/tables.ts";
import { all, first, type Work } from "../database/work.ts";
import { checkModelName, parseVersion } from "../validation/registry.ts";
import type { ModelVersionKey } from "./registry-store.ts";

export type RegisteredModelRow = Selectable<RegisteredModelTable>;
/** A version row joined with its model's name. */
export type ModelVersionRow = Selectable<ModelVersionTable> & { readonly name: string };

export function getModelRow(name: string): Work<RegisteredModelRow> {
  return requireModelRow(name, selectModel);
}

/** Like `getModelRow`, but locks the row until the write transaction ends. */
export function lockModelRow(name: string): Work<RegisteredModelRow> {
  return requireModelRow(name, selectLocked);
}

function* requireModelRow(name: string, select: typeof selectModel): Work<RegisteredModelRow> {
  checkModelName(name);
  const row = yield* first(select({ name }));
  if (row !== undefined) return row;
  throw modelNotFound(name);
}

export function modelNotFound(name: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `Registered Model with name=${name} not found`);
}

export function* getVersionRow({ name, version }: ModelVersionKey): Work<ModelVersionRow> {
  checkModelName(name);
  const row = yield* first(selectVersion({ name, version: parseVersion(version) }));
  if (row !== undefined) return row;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `Model Version (name=${name}, version=${version}) not found`);
}

/** Reads complete models for the rows, with a constant number of queries. */
export function* readModels(rows: readonly RegisteredModelRow[]): Work<readonly RegisteredModel[]> {
  if (rows.length === 0) return [];
  const modelIds = JSON.stringify(rows.map(({ id }) => id));
  const tags = Map.groupBy(yield* all(selectModelTags({ modelIds })), ({ model_id }) => model_id);
  const aliases = Map.groupBy(yield* all(selectModelAliases({ modelIds })), ({ model_id }) => model_id);
  const latest = yield* readVersions(yield* all(selectLatestVersions({ modelIds })));
  return rows.map((row) => ({
    name: row.name,
    creationTimeMs: row.creation_time_ms,
    lastUpdateTimeMs: row.last_update_time_ms,
    description: row.description,
    latestVersions: latest.filter(({ name }) => name === row.name),
    tags: (tags.get(row.id) ?? []).map(tagFromRow),
    aliases: (aliases.get(row.id) ?? []).map(({ alias, version }) => ({ alias, version: String(version) })),
  }));
}

/** Reads complete versions for the rows, with two queries. */
export function* readVersions(rows: readonly ModelVersionRow[]): Work<readonly ModelVersion[]> {
  if (rows.length === 0) return [];
  const versionIds = JSON.stringify(rows.map(({ id }) => id));
  const tags = Map.groupBy(yield* all(selectVersionTags({ versionIds })), ({ version_id }) => version_id);
  const aliases = Map.groupBy(
    yield* all(selectVersionAliases({ versionIds })),
    ({ version_id }) => version_id,
  );
  return rows.map((row) =>
    versionFromRow(
      row,
      (tags.get(row.id) ?? []).map(tagFromRow),
      (aliases.get(row.id) ?? []).map(({ alias }) => alias),
    ),
  );
}

function versionFromRow(
  row: ModelVersionRow,
  tags: readonly Tag[],
  aliases: readonly string[],
): ModelVersion {
  return {
    name: row.name,
    version: String(row.version),
    creationTimeMs: row.creation_time_ms,
    lastUpdateTimeMs: row.last_update_time_ms,
    userId: row.user_id,
    currentStage: row.current_stage as ModelStage, // Only the store writes this column.
    description: row.description,
    source: row.source,
    runId: row.run_id,
    runLink: row.run_link,
    status: row.status as ModelVersionStatus, // Only the store writes this column.
    statusMessage: row.status_message,
    ...(row.logged_model_uuid !== null && { modelId: row.logged_model_uuid }),
    tags,
    aliases,
  };
}

function tagFromRow({ key, value }: Tag): Tag {
  return { key, value };
}

const selectModel = statement<{ name: string }>()((db, arg) =>
  db.selectFrom("registered_models").selectAll().where("name", "=", arg("name")),
);

const selectLocked = statement<{ name: string }>()((db, arg, dialect) =>
  db
    .selectFrom("registered_models")
    .selectAll()
    .where("name", "=", arg("name"))
    .modifyEnd(dialect.lockForUpdate),
);

const selectVersion = statement<{ name: string; version: number }>()((db, arg) =>
  db
    .selectFrom("model_versions")
    .innerJoin("registered_models", "registered_models.id", "model_versions.model_id")
    .selectAll("model_versions")
    .select("registered_models.name")
    .where("registered_models.name", "=", arg("name"))
    .where("version", "=", arg("version")),
);

type ModelIds = { readonly modelIds: string };

const selectModelTags = statement<ModelIds>()((db, arg, dialect) =>
  db
    .selectFrom("registered_model_tags")
    .selectAll()
    .where("model_id", "in", dialect.listOfIntegers(arg("modelIds")))
    .orderBy("key"),
);

const selectModelAliases = statement<ModelIds>()((db, arg, dialect) =>
  db
    .selectFrom("registered_model_aliases")
    .innerJoin("model_versions", "model_versions.id", "registered_model_aliases.version_id")
    .select(["registered_model_aliases.model_id", "alias", "version"])
    .where("registered_model_aliases.model_id", "in", dialect.listOfIntegers(arg("modelIds")))
    .orderBy("alias"),
);

type VersionIds = { readonly versionIds: string };

const selectVersionTags = statement<VersionIds>()((db, arg, dialect) =>
  db
    .selectFrom("model_version_tags")
    .selectAll()
    .where("version_id", "in", dialect.listOfIntegers(arg("versionIds")))
    .orderBy("key"),
);

const selectVersionAliases = statement<VersionIds>()((db, arg, dialect) =>
  db
    .selectFrom("registered_model_aliases")
    .select(["version_id", "alias"])
    .where("version_id", "in", dialect.listOfIntegers(arg("versionIds")))
    .orderBy("alias"),
);

/** The newest version of each stage. */
const selectLatestVersions = statement<ModelIds>()((db, arg, dialect) =>
  db
    .selectFrom(
      db
        .selectFrom("model_versions")
        .select((eb) => ["model_id", "current_stage", eb.fn.max("version").as("version")])
        .where("model_id", "in", dialect.listOfIntegers(arg("modelIds")))
        .groupBy(["model_id", "current_stage"])
        .as("latest"),
    )
    .innerJoin("model_versions", (join) =>
      join
        .onRef("model_versions.model_id", "=", "latest.model_id")
        .onRef("model_versions.version", "=", "latest.version"),
    )
    .innerJoin("registered_models", "registered_models.id", "latest.model_id")
    .selectAll("model_versions")
    .select("registered_models.name")
    .orderBy("model_versions.version"),
);
