import { AppError } from "@flightdeck/core";
import { SYSTEM_TAGS, type Tag } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, run, type Work } from "../database/work.ts";
import { findKeyId, internKeys, keyId } from "./keys.ts";
import type { RunRow } from "./run-rows.ts";

type TaggedRun = Pick<RunRow, "id" | "experiment_id">;

/**
 * Sets tags of a run, the last of a key winning. `mlflow.runName` is also the run's name; an empty one is ignored, as in
 * MLflow.
 */
export function* setRunTags(row: TaggedRun, tags: readonly Tag[]): Work<void> {
  const values = new Map(tags.map(({ key, value }) => [key, value]));
  const name = values.get(SYSTEM_TAGS.runName);
  if (name === "") values.delete(SYSTEM_TAGS.runName);
  else if (name !== undefined) yield* run(updateRunName({ runId: row.id, name }));
  const ids = yield* internKeys(row.experiment_id, values.keys());
  yield* insertRows(
    UPSERT_TAGS,
    [...values].map(([key, value]) => [row.id, keyId(ids, key), value]),
  );
}

export function* findRunTag(row: TaggedRun, key: string): Work<string | undefined> {
  const id = yield* findKeyId(row.experiment_id, key);
  if (id === undefined) return undefined;
  return (yield* first(selectTag({ runId: row.id, keyId: id })))?.value;
}

/** An absent tag throws `RESOURCE_DOES_NOT_EXIST`. */
export function* deleteRunTag(row: RunRow, key: string): Work<void> {
  const id = yield* findKeyId(row.experiment_id, key);
  const deleted = id === undefined ? undefined : yield* first(deleteTag({ runId: row.id, keyId: id }));
  if (deleted !== undefined) return;
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `No tag with name: ${key} in run with id ${row.run_uuid}`);
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
