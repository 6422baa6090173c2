import { type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { query, statement } from "../database/statement.ts";
import { first, type Work } from "../database/work.ts";
import type { Condition } from "../search/condition.ts";
import { ownLevel, type ResourceKind, sharedLevel, type Viewer, type VisibleTo } from "./viewer.ts";

/** A table whose rows each are a resource or belong to one. */
export type ResourceRows = {
  readonly table: string;
  /** The column that holds the resource's id. */
  readonly resourceId: string;
  readonly kind: ResourceKind;
};

/** The FROM clause of a search and the conditions to add to it. */
export type VisibleRows = { readonly from: RawBuilder<unknown>; readonly conditions: readonly Condition[] };

/**
 * Plans how a search reads the rows that the viewer may see. With few grants it starts from the grants and sorts what they
 * give; with many it reads the table in order and checks each row. Either way the cost follows the number of visible rows.
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

/** Starts from the grants. Exported for tests of query plans. */
export function fromGrants(viewer: Viewer, rows: ResourceRows, dialect: Dialect): VisibleRows {
  const { table, resourceId, kind } = rows;
  const outer = sql`(${grantedIds(viewer, kind, sql`UNION`)}) AS visible`;
  const on = sql`${sql.ref(`${table}.${resourceId}`)} = visible.resource_id`;
  return { from: dialect.joinInOrder({ outer, table, on }), conditions: [] };
}

/** Reads the table and checks the grants of each row. Exported for tests of query plans. */
export function testingGrants({ principalName }: Viewer, rows: ResourceRows): VisibleRows {
  const { table, resourceId, kind } = rows;
  const id = sql.ref<number>(`${table}.${resourceId}`);
  const own = ownLevel(kind, id, sql`${principalName}`);
  // Not EXISTS: PostgreSQL may turn that into a join that reads both tables whole.
  return {
    from: sql.table(table),
    conditions: [sql`coalesce(${own}, ${sharedLevel(kind, id)}) IS NOT NULL`],
  };
}

/**
 * Starting from `granted` grants costs `granted` rows. Filling a page of `pageRows` by reading `all` rows in order passes
 * `pageRows * all / granted` rows. The two are equal when `granted` is the square root of `pageRows * all`.
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

/** Answered from the index of grants by grantee alone. */
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
