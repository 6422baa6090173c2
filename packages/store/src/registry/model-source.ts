import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, execute, type Work } from "../database/work.ts";
import { getLoggedModelRow } from "../tracking/logged-model-rows.ts";
import { getVersionRow } from "./model-rows.ts";
import type { CreateModelVersionInput } from "./registry-store.ts";

export type ModelOrigin = {
  /** Where the files are: `source` itself unless it names a model of this workspace. */
  readonly storageLocation: string;
  readonly runId: string;
};

/**
 * Follows `models:/m-…` to the logged model and `models:/name/version` or `models:/name@alias` to the registered one, and
 * fills in the run that made it.
 */
export function* resolveSource(input: CreateModelVersionInput): Work<ModelOrigin> {
  const origin = yield* originOf(input.source);
  const runId = input.runId === undefined || input.runId === "" ? origin.runId : input.runId;
  return { ...origin, runId: runId === "" ? yield* runOf(input) : runId };
}

/** The run that a version names, or else that of its logged model. */
export function* runOf({ runId = "", modelId = "" }: CreateModelVersionInput): Work<string> {
  if (runId !== "" || modelId === "") return runId;
  return (yield* getLoggedModelRow(modelId)).source_run_id;
}

function* originOf(source: string): Work<ModelOrigin> {
  const [, reference] = /^models:\/+([^/].*)$/.exec(source) ?? [];
  if (reference === undefined) return { storageLocation: source, runId: "" };
  const [, name, version] = /^([^/@]+)\/(\d+)$/.exec(reference) ?? [];
  if (name !== undefined && version !== undefined) {
    const row = yield* getVersionRow({ name, version });
    return { storageLocation: row.storage_location, runId: "" };
  }
  const [, aliased, alias] = /^([^/@]+)@([^/@]+)$/.exec(reference) ?? [];
  if (aliased !== undefined && alias !== undefined) {
    const row = yield* first(selectByAlias({ name: aliased, alias }));
    if (row !== undefined) return { storageLocation: row.storage_location, runId: "" };
    throw new AppError("INVALID_PARAMETER_VALUE", `Registered model alias ${alias} not found.`);
  }
  const model = yield* getLoggedModelRow(reference);
  return { storageLocation: model.artifact_uri, runId: model.source_run_id };
}

type ModelVersionNumber = { readonly name: string; readonly version: number };

/**
 * Adds a version to the tag by which a logged model tells where it is registered: JSON text, a list of
 * `{name, version}`, as MLflow's server writes it. Part of the write that makes the version.
 */
export function* recordModelVersion(modelId: string, version: ModelVersionNumber): Work<void> {
  const { id } = yield* getLoggedModelRow(modelId);
  yield* execute(lockModel({ id })); // Of two registrations at once, the second reads what the first has written.
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

const selectByAlias = statement<{ name: string; alias: string }>()((db, arg) =>
  db
    .selectFrom("registered_model_aliases")
    .innerJoin("registered_models", "registered_models.id", "registered_model_aliases.model_id")
    .innerJoin("model_versions", "model_versions.id", "registered_model_aliases.version_id")
    .select("storage_location")
    .where("registered_models.name", "=", arg("name"))
    .where("alias", "=", arg("alias")),
);

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
