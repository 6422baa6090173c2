import { AppError } from "@flightdeck/core";
import { SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, run, type Work } from "../database/work.ts";
import { findKeyId, type KeyIds, keyId } from "./keys.ts";

/**
 * Sets tags of a run, the last of a key winning. `mlflow.runName` is also the run's name; an empty one is ignored, as in
 * MLflow.
 */
export function* setRunTags(runId: number, tags: readonly Tag[], ids: KeyIds): Work<void> {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  const name = values.get(SYSTEM_TAGS.runName);
  if (name === "") values.delete(SYSTEM_TAGS.runName);
  else if (name !== undefined) yield* run(updateRunName({ runId, name }));
  yield* insertRows(
    UPSERT_TAGS,
    [...values].map(([key, value]) => [runId, keyId(ids, key), value]),
  );
}

export function* findRunTag(runId: number, key: string): Work<string | undefined> {
  const id = yield* findKeyId(key);
  if (id === undefined) return undefined;
  return (yield* first(selectTag({ runId, keyId: id })))?.value;
}

/** An absent tag throws `RESOURCE_DOES_NOT_EXIST`. */
export function* deleteRunTag(
  row: { readonly id: number; readonly run_uuid: string },
  key: string,
): Work<void> {
  const id = yield* findKeyId(key);
  const deleted = id === undefined ? undefined : yield* first(deleteTag({ runId: row.id, keyId: id }));
  if (deleted !== undefined) return;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `No tag with name: ${key} in run with id ${row.run_uuid}`);
}

const UPSERT_TAGS = bulkInsert("tags", ["run_id", "key_id", "value"], {
  target: ["key_id", "run_id"],
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
