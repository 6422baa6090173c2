import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, execute, type Work } from "../database/work.ts";
import { getLoggedModelRow } from "../tracking/logged-model-rows.ts";
import { getVersionRow } from "./model-rows.ts";
import type { CreateModelVersionInput } from "./registry-store.ts";

export type ModelOrigin = {
  /** Location of the files: `source`, unless that names a model of this workspace. */
  readonly storageLocation: string;
  readonly runId: string;
};

/**
 * Resolves `models:/m-…` to a logged model and `models:/name/version` or `models:/name@alias` to a registered one, and fills
 * in the run that produced it.
 */
export function* resolveSource(input: CreateModelVersionInput): Work<ModelOrigin> {
  const origin = yield* originOf(input.source);
  const runId = input.runId === undefined || input.runId === "" ? origin.runId : input.runId;
  return { ...origin, runId: runId === "" ? yield* runOf(input) : runId };
}

/** The run named in the input, or else the run of the logged model. */
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
 * Adds a version to the logged model's tag that lists its registered versions: JSON, a list of `{name, version}`, as MLflow's
 * server writes it. Runs in the write transaction that creates the version.
 */
export function* recordModelVersion(modelId: string, version: ModelVersionNumber): Work<void> {
  const { id } = yield* getLoggedModelRow(modelId);
  yield* execute(lockModel({ id })); // Of two concurrent registrations, the second reads what the first wrote.
  const tag = yield* first(selectTag({ id, key: SYSTEM_TAGS.modelVersions }));
  const value = JSON.stringify([...parseList(tag?.value), version]);
  yield* insertRows(UPSERT_TAG, [[id, SYSTEM_TAGS.modelVersions, value]]);
}

/** Clients can write the tag too. A value that is not a list is replaced. */
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

/** Every database locks a row that is updated until the transaction ends. */
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
