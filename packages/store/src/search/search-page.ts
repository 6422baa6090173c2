import { AppError } from "@flightdeck/core";
import { type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { query } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { allOf, type Condition } from "./condition.ts";
import { afterSql, orderBySql, type OrderTerm, positionColumns, positionOf } from "./order.ts";
import { decodePageToken, encodePageToken, type PagePosition } from "./page.ts";

export type SearchPlan = {
  /** The FROM clause. */
  readonly from: RawBuilder<unknown>;
  /** The row's id. */
  readonly id: RawBuilder<number>;
  readonly conditions: readonly Condition[];
  /** Must end with a unique expression. */
  readonly terms: readonly OrderTerm[];
};

export type PlanPart = (dialect: Dialect) => SearchPlan;

export type PageBounds = { readonly limit: number; readonly after: PagePosition | undefined };

/** `nextPosition` is present when more rows follow. */
export type FoundIds = { readonly ids: readonly number[]; readonly nextPosition?: PagePosition | undefined };

/** The ids of one page after a position, in order. The rows are then read by id, so that the sort handles little data. */
export function* findIds(plan: PlanPart, { limit, after }: PageBounds): Work<FoundIds> {
  let terms: readonly OrderTerm[] = [];
  const rows = yield* all(
    query<{ readonly id: number }>((db, dialect) => {
      const chosen = plan(dialect);
      terms = chosen.terms;
      return { compile: () => pageSql(chosen, { limit, after }).compile(db) };
    }),
  );
  const ids = rows.slice(0, limit).map(({ id }) => id);
  if (rows.length <= limit) return { ids };
  const last = rows[limit - 1];
  return { ids, nextPosition: last === undefined ? (after ?? []) : positionOf(last, terms) };
}

/** Selects ids and positions, one row more than the page holds. */
export function pageSql(plan: SearchPlan, { limit, after }: PageBounds): RawBuilder<{ readonly id: number }> {
  const { from, id, conditions, terms } = plan;
  const paged = after === undefined ? conditions : [...conditions, afterSql(terms, after)];
  const columns = sql.join([sql`${id} AS id`, ...positionColumns(terms)]);
  return sql`SELECT ${columns} FROM ${from} WHERE ${allOf(paged)} ORDER BY ${orderBySql(terms)} LIMIT ${limit + 1}`;
}

/** The position after which a page begins. Undefined without a token: the first page. */
export function pageStart(token: string | undefined, scope: readonly unknown[]): PagePosition | undefined {
  return token === undefined || token === "" ? undefined : decodePageToken(token, scope);
}

/** The token of the next page, to spread into a `Page`. */
export function nextPage(
  position: PagePosition | undefined,
  scope: readonly unknown[],
): { readonly nextPageToken?: string | undefined } {
  return position === undefined ? {} : { nextPageToken: encodePageToken(position, scope) };
}

/** Sorts rows into the order of the ids. */
export function inOrderOf<TRow extends { readonly id: number }>(
  ids: readonly number[],
  rows: readonly TRow[],
): readonly TRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Throws MLflow's message for a page size that is out of range. */
export function checkMaxResults(maxResults: number, resultsMax: number): void {
  if (!Number.isInteger(maxResults) || maxResults < 1) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Invalid value ${maxResults} for parameter 'max_results' supplied. It must be a positive integer`,
    );
  }
  if (maxResults <= resultsMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Invalid value ${maxResults} for parameter 'max_results' supplied. It must be at most ${resultsMax}`,
  );
}
