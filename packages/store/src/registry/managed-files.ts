import { newId } from "@flightdeck/core";
import { sql } from "kysely";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, type Work } from "../database/work.ts";

/** In the file system that Databricks clients use, next to the folders of experiments. */
const ROOT = "dbfs:/databricks/unity-catalog";
const WITHIN = /^dbfs:\/databricks\/unity-catalog\/[0-9a-f]{32}\/artifacts(?=\/|$)/;
const LOCATION = /^dbfs:\/databricks\/unity-catalog\/([0-9a-f]{32})\/artifacts$/;

/** A folder for the files of one version. It does not contain the model's name, so renaming moves nothing. */
export function newManagedLocation(): string {
  return `${ROOT}/${newId()}/artifacts`;
}

/** Runs in a read transaction. */
export function* mayWriteAt(uri: string): Work<boolean> {
  const [location] = WITHIN.exec(uri) ?? [];
  return location === undefined || (yield* first(selectWaiting({ location }))) !== undefined;
}

export type FilesOfVersion = { readonly id: number; readonly storage_location: string };

/**
 * Records, for permanent removal, the managed files of deleted versions that no other version uses. Runs in the write
 * transaction that deleted the versions.
 */
export function* leaveManagedFiles(versions: readonly FilesOfVersion[]): Work<void> {
  const managed = versions.flatMap(({ id, storage_location: location }) => {
    const [, folder] = LOCATION.exec(location) ?? [];
    return folder === undefined ? [] : [{ id, location, folder }];
  });
  if (managed.length === 0) return;
  const locations = JSON.stringify(managed.map(({ location }) => location));
  const kept = new Set((yield* all(selectKept({ locations }))).map((row) => row.storage_location));
  const left = managed.filter(({ location }) => !kept.has(location));
  yield* insertRows(
    INSERT_GARBAGE,
    left.map(({ id, folder, location }) => ["model_version", id, folder, location]),
  );
}

const INSERT_GARBAGE = bulkInsert("garbage", ["kind", "row_id", "uuid", "artifact_uri"]);

const selectKept = statement<{ locations: string }>()((db, arg, dialect) => {
  const select = sql<{
    readonly storage_location: string;
  }>`SELECT storage_location FROM ${dialect.joinInOrder({
    outer: sql`${dialect.listOfTexts(arg("locations"))} AS left_behind`,
    table: "model_versions",
    on: dialect.indexedTextEquals(sql.ref("model_versions.storage_location"), sql.ref("left_behind.value")),
  })}`;
  return { compile: () => select.compile(db) };
});

const selectWaiting = statement<{ location: string }>()((db, arg, dialect) =>
  db
    .selectFrom("model_versions")
    .select("id")
    .where(dialect.indexedTextEquals(sql.ref("storage_location"), arg("location")))
    .where("status", "=", "PENDING_REGISTRATION")
    .limit(1),
);
