import { AppError } from "@flightdeck/core";
import type { ModelVersion } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { first, insertRows, run, type Work } from "../database/work.ts";
import { checkAlias, checkAliasNotReserved, checkModelName } from "../validation/registry.ts";
import { getModelRow, getVersionRow } from "./model-rows.ts";
import { getModelVersion } from "./model-versions.ts";
import type { ModelVersionKey } from "./registry-store.ts";

/** Points the alias at a version; it leaves the one that it pointed at before. */
export function* setRegisteredModelAlias(key: ModelVersionKey, alias: string): Work<void> {
  checkModelName(key.name);
  checkAlias(alias);
  checkAliasNotReserved(alias);
  const row = yield* getVersionRow(key);
  yield* insertRows(UPSERT_ALIAS, [[row.model_id, alias, row.id]]);
}

/** An absent alias is no error, as in MLflow. */
export function* deleteRegisteredModelAlias(name: string, alias: string): Work<void> {
  checkModelName(name);
  checkAlias(alias);
  const { id } = yield* getModelRow(name);
  yield* run(deleteAlias({ id, alias }));
}

/** `latest` is the highest version; any other alias must have been set. */
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
