import { type Expression, type RawBuilder, sql } from "kysely";
import type { ResourceKind } from "./viewer.ts";

/** The level that a principal has been granted itself, or null: a look-up by the whole primary key. */
export function ownLevel(
  kind: ResourceKind,
  id: RawBuilder<number>,
  principalName: Expression<string>,
): RawBuilder<string | null> {
  return levelOf(kind, id, sql`grantee_kind = 'user' AND grantee = ${principalName}`);
}

/** The level that all `users` have been granted, or null. */
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
