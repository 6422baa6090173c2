import { statement } from "../database/statement.ts";
import { first, type Work } from "../database/work.ts";
import { locationsAbove } from "../tracking/uris.ts";
import type { PermissionLevel } from "./workspace-store.ts";

/**
 * What a principal holds on the files at a URI through registered models: whoever has been granted anything on a model
 * may read the files of its versions, and no more.
 */
export function* heldOnFiles(principalName: string, uri: string): Work<PermissionLevel | undefined> {
  const root = ROOTS.find((each) => uri.startsWith(each));
  if (root === undefined) return undefined;
  const locations = JSON.stringify(locationsAbove(root, uri.slice(root.length)));
  const found = yield* first(selectReadable({ locations, principalName }));
  return found === undefined ? undefined : "CAN_READ";
}

/** Where this server keeps the files of versions. */
const ROOTS = ["mlflow-artifacts:/", "dbfs:/"] as const;

/** By way of what was granted to the principal, which is less than all versions. */
const selectReadable = statement<{ locations: string; principalName: string }>()((db, arg, dialect) =>
  db
    .selectFrom("grants")
    .innerJoin("model_versions", "model_versions.model_id", "grants.resource_id")
    .select("model_versions.id")
    .where("resource_kind", "=", "registered-model")
    .where("storage_location", "in", dialect.listOfTexts(arg("locations")))
    .where((where) =>
      where.or([
        where.and([where("grantee_kind", "=", "user"), where("grantee", "=", arg("principalName"))]),
        where.and([where("grantee_kind", "=", "group"), where("grantee", "=", "users")]),
      ]),
    )
    .limit(1),
);
