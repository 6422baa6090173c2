import { sql } from "kysely";
import { ownLevel, sharedLevel } from "../access/levels.ts";
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

const selectReadable = statement<{ locations: string; principalName: string }>()((db, arg, dialect) => {
  const modelId = sql.ref<number>("model_versions.model_id");
  const own = ownLevel("registered-model", modelId, arg("principalName"));
  const select = sql<{ readonly id: number }>`SELECT model_versions.id FROM ${dialect.joinInOrder({
    outer: sql`${dialect.listOfTexts(arg("locations"))} AS above`,
    table: "model_versions",
    on: dialect.indexedTextEquals(sql.ref("model_versions.storage_location"), sql.ref("above.value")),
  })} WHERE coalesce(${own}, ${sharedLevel("registered-model", modelId)}) IS NOT NULL LIMIT 1`;
  return { compile: () => select.compile(db) };
});
