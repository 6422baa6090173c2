import { parseUntrustedJson } from "@flightdeck/core";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, run, type Work } from "../database/work.ts";
import { getLoggedModelRow } from "../tracking/logged-model-rows.ts";

export type ModelVersionNumber = { readonly name: string; readonly version: number };

/**
 * Adds a version to the tag by which a logged model tells where it is registered: JSON text, a list of
 * `{name, version}`, as MLflow's server writes it. Part of the write that makes the version.
 */
export function* recordModelVersion(modelId: string, version: ModelVersionNumber): Work<void> {
  const { id } = yield* getLoggedModelRow(modelId);
  yield* run(lockModel({ id })); // Of two registrations at once, the second reads what the first has written.
  const tag = yield* first(selectTag({ id, key: SYSTEM_TAGS.modelVersions }));
  const value = JSON.stringify([...parseList(tag?.value), version]);
  yield* insertRows(UPSERT_TAG, [[id, SYSTEM_TAGS.modelVersions, value]]);
}

/** Clients write the tag too; what is no list is replaced. */
function parseList(text: string | undefined): readonly unknown[] {
  try {
    const list: unknown = parseUntrustedJson(text ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

const UPSERT_TAG = bulkInsert("logged_model_tags", ["model_id", "key", "value"], {
  target: ["model_id", "key"],
  update: ["value"],
});

/** A row that is written to is locked until the transaction ends, in every database. */
const lockModel = statement<{ id: number }>()((db, arg) =>
  db
    .updateTable("logged_models")
    .set((eb) => ({ last_update_time_ms: eb.ref("last_update_time_ms") }))
    .where("id", "=", arg("id")),
);

const selectTag = statement<{ id: number; key: string }>()((db, arg) =>
  db
    .selectFrom("logged_model_tags")
    .select("value")
    .where("model_id", "=", arg("id"))
    .where("key", "=", arg("key")),
);
