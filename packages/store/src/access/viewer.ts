import { assert } from "@flightdeck/core";
import { type Expression, type RawBuilder, sql } from "kysely";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, execute, type Work } from "../database/work.ts";

/** Kinds of resources that have grants. Runs, logged models and traces follow their experiment, versions their model. */
export type ResourceKind = "experiment" | "registered-model";

/** Identifies a resource in the grants table. */
export type ResourceKey = { readonly kind: ResourceKind; readonly id: number };

/** A principal who sees what was granted to them or to all `users`, and who manages what they create. */
export type Viewer = {
  readonly principalName: string;
  /** The kind of resource that this call creates. It cannot create any other. */
  readonly creates?: ResourceKind | undefined;
};

/** Who is reading the store: one principal, or `everything` for admins and the server itself. */
export type VisibleTo = "everything" | Viewer;

/** Returns those of the given resource ids that the viewer may see. */
export function* findVisibleIds(
  visibleTo: VisibleTo,
  kind: ResourceKind,
  ids: readonly number[],
): Work<readonly number[]> {
  if (visibleTo === "everything" || ids.length === 0) return ids;
  const { principalName } = visibleTo;
  const rows = yield* all(selectGranted({ kind, principalName, ids: JSON.stringify(ids) }));
  const granted = new Set(rows.map(({ resource_id: id }) => id));
  return ids.filter((id) => granted.has(id));
}

export function* isVisible(visibleTo: VisibleTo, { kind, id }: ResourceKey): Work<boolean> {
  return (yield* findVisibleIds(visibleTo, kind, [id])).length > 0;
}

/** Lets the creator of a resource manage it. Runs in the write transaction that created the resource. */
export function* grantToCreator(visibleTo: VisibleTo, { kind, id }: ResourceKey): Work<void> {
  if (visibleTo === "everything") return;
  const { principalName, creates } = visibleTo;
  assert(creates === kind, `a call declared to create ${creates ?? "nothing"} created an ${kind}`);
  yield* insertRows(INSERT_GRANT, [[kind, id, "user", principalName, "CAN_MANAGE"]]);
}

/** Runs in a write transaction. */
export function* removeGrants(resource: ResourceKey): Work<void> {
  yield* execute(deleteGrants(resource));
}

/** The level granted to the principal directly, or null. A lookup by the full primary key. */
export function ownLevel(
  kind: ResourceKind,
  id: RawBuilder<number>,
  principalName: Expression<string>,
): RawBuilder<string | null> {
  return levelOf(kind, id, sql`grantee_kind = 'user' AND grantee = ${principalName}`);
}

/** The level granted to all `users`, or null. */
export function sharedLevel(kind: ResourceKind, id: RawBuilder<number>): RawBuilder<string | null> {
  return levelOf(kind, id, sql`grantee_kind = 'group' AND grantee = 'users'`);
}

function levelOf(
  kind: ResourceKind,
  id: RawBuilder<number>,
  grantee: RawBuilder<unknown>,
): RawBuilder<string | null> {
  return sql<string | null>`(SELECT level FROM grants
    WHERE resource_kind = ${sql.lit(kind)} AND resource_id = ${id} AND ${grantee})`;
}

const INSERT_GRANT = bulkInsert("grants", [
  "resource_kind",
  "resource_id",
  "grantee_kind",
  "grantee",
  "level",
]);

const deleteGrants = statement<ResourceKey>()((db, arg) =>
  db.deleteFrom("grants").where("resource_kind", "=", arg("kind")).where("resource_id", "=", arg("id")),
);

const selectGranted = statement<{ kind: string; principalName: string; ids: string }>()((
  db,
  arg,
  dialect,
) => {
  const ofKind = db
    .selectFrom("grants")
    .select("resource_id")
    .where("resource_kind", "=", arg("kind"))
    .where("resource_id", "in", dialect.listOfIntegers(arg("ids")));
  return ofKind
    .where("grantee_kind", "=", "user")
    .where("grantee", "=", arg("principalName"))
    .unionAll(ofKind.where("grantee_kind", "=", "group").where("grantee", "=", "users"));
});
