import { type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { query, statement } from "../database/statement.ts";
import { first, type Work } from "../database/work.ts";
import type { Condition } from "../search/condition.ts";
import { ownLevel, type ResourceKind, sharedLevel, type Viewer, type VisibleTo } from "./viewer.ts";

/** A table whose rows are resources, or belong to one each. */
export type ResourceRows = {
  readonly table: string;
  /** The column with the resource's number. */
  readonly resourceId: string;
  readonly kind: ResourceKind;
};

/** What follows FROM, and the conditions beside it. */
export type VisibleRows = { readonly from: RawBuilder<unknown>; readonly conditions: readonly Condition[] };

/**
 * The rows of a table that may be seen, as a search reads them, chosen so that its cost follows how many they are: from
 * what has been granted, sorting all of it, when that is less than would be passed over on the way to a full page.
 */
export function* planVisibleRows(
  visibleTo: VisibleTo,
  rows: ResourceRows,
  pageRows: number,
): Work<(dialect: Dialect) => VisibleRows> {
  if (visibleTo === "everything") return () => ({ from: sql.table(rows.table), conditions: [] });
  const isFew = yield* isFewGranted(visibleTo, rows.kind, pageRows);
  return (dialect) => (isFew ? fromGrants(visibleTo, rows, dialect) : testingGrants(visibleTo, rows));
}

/** Exported for tests of plans. */
export function fromGrants(viewer: Viewer, rows: ResourceRows, dialect: Dialect): VisibleRows {
  const { table, resourceId, kind } = rows;
  const outer = sql`(${grantedIds(viewer, kind, sql`UNION`)}) AS visible`;
  const on = sql`${sql.ref(`${table}.${resourceId}`)} = visible.resource_id`;
  return { from: dialect.joinInOrder({ outer, table, on }), conditions: [] };
}

/** Exported for tests of plans. */
export function testingGrants({ principalName }: Viewer, rows: ResourceRows): VisibleRows {
  const { table, resourceId, kind } = rows;
  const id = sql.ref<number>(`${table}.${resourceId}`);
  const own = ownLevel(kind, id, sql`${principalName}`);
  // Not EXISTS, which PostgreSQL may turn into a join that reads all of both.
  return {
    from: sql.table(table),
    conditions: [sql`coalesce(${own}, ${sharedLevel(kind, id)}) IS NOT NULL`],
  };
}

/**
 * To sort all that is granted costs by their number; to go through all in order costs, for a page, by how many there are
 * for each that is granted. Both are equal where the square of what is granted is as much as a page of each.
 */
function* isFewGranted(viewer: Viewer, kind: ResourceKind, pageRows: number): Work<boolean> {
  const newest = yield* first(kind === "experiment" ? selectNewestExperiment({}) : selectNewestModel({}));
  const fewMax = Math.ceil(Math.sqrt(pageRows * (newest?.id ?? 0)));
  const counted = yield* first(
    query<{ readonly count: number }>((db) => {
      const granted = sql`${grantedIds(viewer, kind, sql`UNION ALL`)} LIMIT ${fewMax + 1}`;
      const text = sql<{ readonly count: number }>`SELECT count(*) AS count FROM (${granted}) AS found`;
      return { compile: () => text.compile(db) };
    }),
  );
  return (counted?.count ?? 0) <= fewMax;
}

/** Served by the index of grants by grantee alone. */
function grantedIds(
  { principalName }: Viewer,
  kind: ResourceKind,
  union: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const granted = sql`SELECT resource_id FROM grants WHERE resource_kind = ${sql.lit(kind)}`;
  return sql`${granted} AND grantee_kind = 'user' AND grantee = ${principalName}
    ${union} ${granted} AND grantee_kind = 'group' AND grantee = 'users'`;
}

const selectNewestExperiment = statement<Record<string, never>>()((db) =>
  db.selectFrom("experiments").select("id").orderBy("id", "desc").limit(1),
);

const selectNewestModel = statement<Record<string, never>>()((db) =>
  db.selectFrom("registered_models").select("id").orderBy("id", "desc").limit(1),
);
