import { AppError } from "@flightdeck/core";
import { type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { query } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { allOf, type Condition } from "./condition.ts";
import { afterSql, orderBySql, type OrderTerm, positionColumns, positionOf } from "./order.ts";
import { decodePageToken, encodePageToken, type PagePosition } from "./page.ts";

export type SearchPlan = {
  /** What follows FROM. */
  readonly from: RawBuilder<unknown>;
  /** The number that stands for a row. */
  readonly id: RawBuilder<number>;
  readonly conditions: readonly Condition[];
  /** Ends with what no two rows share. */
  readonly terms: readonly OrderTerm[];
};

export type PlanPart = (dialect: Dialect) => SearchPlan;

export type PageBounds = { readonly limit: number; readonly after: PagePosition | undefined };

/** `nextPosition` is there when more rows follow. */
export type FoundIds = { readonly ids: readonly number[]; readonly nextPosition?: PagePosition | undefined };

/** The ids of one page, in order, after a position. The rows themselves are read by id, so that a sort carries little. */
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

/** Selects ids and positions, one more than the page has room for. */
export function pageSql(plan: SearchPlan, { limit, after }: PageBounds): RawBuilder<{ readonly id: number }> {
  const { from, id, conditions, terms } = plan;
  const paged = after === undefined ? conditions : [...conditions, afterSql(terms, after)];
  const columns = sql.join([sql`${id} AS id`, ...positionColumns(terms)]);
  return sql`SELECT ${columns} FROM ${from} WHERE ${allOf(paged)} ORDER BY ${orderBySql(terms)} LIMIT ${limit + 1}`;
}

/** Where a page begins: after the token's position, or at the start without one. */
export function pageStart(token: string | undefined, scope: readonly unknown[]): PagePosition | undefined {
  return token === undefined || token === "" ? undefined : decodePageToken(token, scope);
}

/** The token for the next page, as a field to spread into a `Page`. */
export function nextPage(
  position: PagePosition | undefined,
  scope: readonly unknown[],
): { readonly nextPageToken?: string | undefined } {
  return position === undefined ? {} : { nextPageToken: encodePageToken(position, scope) };
}

/** Rows in the order of ids. */
export function inOrderOf<TRow extends { readonly id: number }>(
  ids: readonly number[],
  rows: readonly TRow[],
): readonly TRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Throws MLflow's words for a page size out of bounds. */
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
