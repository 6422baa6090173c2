import { statement } from "../database/statement.ts";
import { first, type Work } from "../database/work.ts";
import type { PermissionLevel } from "./workspace-store.ts";

/** A place is some segments deep; what lies deeper belongs to what is above. */
const SEGMENTS_MAX = 32;

/**
 * What a principal holds on the files at a URI through registered models: whoever has been granted anything on a model
 * may read the files of its versions, and no more.
 */
export function* heldOnFiles(principalName: string, uri: string): Work<PermissionLevel | undefined> {
  const locations = JSON.stringify(locationsAbove(uri));
  const found = yield* first(selectReadable({ locations, principalName }));
  return found === undefined ? undefined : "CAN_READ";
}

/**
 * The URI and those of the folders above, below the root, as a version may have them: percent-encoded or plain. A plain
 * one with a percent sign would mean another folder, and so is none.
 */
function locationsAbove(uri: string): string[] {
  const [, root = "", path = ""] = /^([a-z-]+:\/)(.*)$/s.exec(uri) ?? [];
  const segments = path.split("/").slice(0, SEGMENTS_MAX);
  const above = (names: readonly string[]): string[] =>
    names.map((_name, index) => root + names.slice(0, index + 1).join("/"));
  const plain = above(segments).filter((location) => !location.includes("%"));
  return [...new Set([...plain, ...above(segments.map(encodeURIComponent))])];
}

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
