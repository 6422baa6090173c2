import { assert } from "@flightdeck/core";
import type { RegisteredModelAlias, Tag } from "@flightdeck/protocol";
import { type BulkInsert, bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, execute, type Work } from "../database/work.ts";
import { normalLocation } from "../tracking/uris.ts";
import type { ImportedRegisteredModel, ImportedVersion, ImportedVersions } from "./import-sink.ts";
import { findTargets, saveTarget } from "./progress.ts";

/** Runs in a write transaction. */
export function* importRegisteredModel(
  source: string,
  model: ImportedRegisteredModel,
): Work<ImportedVersions> {
  const { name, description, creationTimeMs, lastUpdateTimeMs } = model;
  yield* execute(insertModel({ name, description, creationTimeMs, lastUpdateTimeMs }));
  const row = yield* first(selectModel({ name }));
  assert(row !== undefined, "the model was inserted or already existed");
  yield* addTexts(INSERT_TAGS, row.id, model.tags);
  const numbers = yield* importVersions(source, row.id, model);
  yield* addAliases(row.id, model.aliases, numbers);
  const renumbered = [...numbers].flatMap(([version, number]) =>
    version === String(number) ? [] : [{ version, newVersion: String(number) }],
  );
  return { versions: numbers.size, renumbered };
}

/** Returns the numbers of the source's versions in this store. */
function* importVersions(
  source: string,
  modelId: number,
  { name, versions, lastVersion }: ImportedRegisteredModel,
): Work<ReadonlyMap<string, number>> {
  const known = yield* findTargets("model_version", source, versions.map(identityOf));
  const taken = new Map((yield* all(selectVersions({ modelId }))).map((row) => [row.version, row]));
  const numbers = new Map<string, number>();
  let highest = Math.max(lastVersion, (yield* first(selectModel({ name })))?.last_version ?? 0);
  for (const version of versions) {
    const sourceId = identityOf(version);
    const rival = taken.get(Number(version.version));
    const target = known.get(sourceId) ?? (isSame(rival, version) ? version.version : undefined);
    if (target === undefined) {
      const number = rival === undefined ? Number(version.version) : ++highest;
      yield* insertVersion(modelId, number, version);
      numbers.set(version.version, number);
    } else {
      numbers.set(version.version, Number(target));
    }
    yield* saveTarget("model_version", source, {
      sourceId,
      targetId: String(numbers.get(version.version)),
    });
  }
  yield* execute(updateLastVersion({ modelId, highest }));
  return numbers;
}

/** Includes the creation time: another database may later be at the same path, with a model of the same name. */
function identityOf({ name, version, creationTimeMs }: ImportedVersion): string {
  return `${name}/${version}@${creationTimeMs}`;
}

type Rival = { readonly creation_time_ms: number; readonly run_id: string };

/** Whether the existing version is the imported one, for example imported earlier from another source. */
function isSame(rival: Rival | undefined, { creationTimeMs, runId }: ImportedVersion): boolean {
  return rival !== undefined && rival.creation_time_ms === creationTimeMs && rival.run_id === runId;
}

function* insertVersion(modelId: number, number: number, version: ImportedVersion): Work<void> {
  yield* insertRows(INSERT_VERSIONS, [versionColumns(modelId, number, version)]);
  const row = yield* first(selectVersion({ modelId, number }));
  assert(row !== undefined, "the version has just been stored");
  yield* addTexts(INSERT_VERSION_TAGS, row.id, version.tags);
}

function* addAliases(
  modelId: number,
  aliases: readonly RegisteredModelAlias[],
  numbers: ReadonlyMap<string, number>,
): Work<void> {
  for (const { alias, version } of aliases) {
    const number = numbers.get(version);
    const row = number === undefined ? undefined : yield* first(selectVersion({ modelId, number }));
    if (row !== undefined) yield* insertRows(INSERT_ALIASES, [[modelId, alias, row.id]]);
  }
}

function* addTexts(insert: BulkInsert, id: number, texts: readonly Tag[]): Work<void> {
  const values = new Map(texts.map(({ key, value }) => [key, value]));
  yield* insertRows(
    insert,
    [...values].map(([key, value]) => [id, key, value]),
  );
}

function versionColumns(modelId: number, number: number, version: ImportedVersion): readonly unknown[] {
  return [
    modelId,
    number,
    version.creationTimeMs,
    version.lastUpdateTimeMs,
    version.userId,
    version.currentStage,
    version.description,
    version.source,
    normalLocation(version.storageLocation),
    version.runId,
    version.runLink,
    version.status,
    version.statusMessage,
    version.modelId ?? null,
  ];
}

const INSERT_VERSIONS = bulkInsert("model_versions", [
  "model_id",
  "version",
  "creation_time_ms",
  "last_update_time_ms",
  "user_id",
  "current_stage",
  "description",
  "source",
  "storage_location",
  "run_id",
  "run_link",
  "status",
  "status_message",
  "logged_model_uuid",
]);

const INSERT_TAGS = bulkInsert("registered_model_tags", ["model_id", "key", "value"], {
  target: ["model_id", "key"],
  update: [],
});
const INSERT_VERSION_TAGS = bulkInsert("model_version_tags", ["version_id", "key", "value"]);
const INSERT_ALIASES = bulkInsert("registered_model_aliases", ["model_id", "alias", "version_id"], {
  target: ["model_id", "alias"],
  update: [],
});

const insertModel = statement<{
  name: string;
  description: string;
  creationTimeMs: number;
  lastUpdateTimeMs: number;
}>()((db, arg) =>
  db
    .insertInto("registered_models")
    .values({
      name: arg("name"),
      description: arg("description"),
      creation_time_ms: arg("creationTimeMs"),
      last_update_time_ms: arg("lastUpdateTimeMs"),
      last_version: 0,
    })
    .onConflict((conflict) => conflict.column("name").doNothing()),
);

/** Locks the model, so that other transactions wait before they number versions. */
const selectModel = statement<{ name: string }>()((db, arg, dialect) =>
  db
    .selectFrom("registered_models")
    .select(["id", "last_version"])
    .where("name", "=", arg("name"))
    .modifyEnd(dialect.lockForUpdate),
);

const selectVersions = statement<{ modelId: number }>()((db, arg) =>
  db
    .selectFrom("model_versions")
    .select(["version", "creation_time_ms", "run_id"])
    .where("model_id", "=", arg("modelId")),
);

const selectVersion = statement<{ modelId: number; number: number }>()((db, arg) =>
  db
    .selectFrom("model_versions")
    .select("id")
    .where("model_id", "=", arg("modelId"))
    .where("version", "=", arg("number")),
);

const updateLastVersion = statement<{ modelId: number; highest: number }>()((db, arg) =>
  db
    .updateTable("registered_models")
    .set({ last_version: arg("highest") })
    .where("id", "=", arg("modelId")),
);
