import type { Comparison, Filter, ViewType } from "@flightdeck/protocol";
import { type Expression, type RawBuilder, sql, type SqlBool } from "kysely";
import type { Dialect } from "../database/dialect.ts";

/** A condition that is true or false and never null, so that NOT selects exactly the other rows. */
export type Condition = RawBuilder<SqlBool>;

/** Turns a filter into SQL. `leaf` turns one comparison into a condition. */
export function filterCondition(filter: Filter, leaf: (comparison: Comparison) => Condition): Condition {
  switch (filter.kind) {
    case "not":
      return sql`NOT (${filterCondition(filter.operand, leaf)})`;
    case "and":
    case "or": {
      const operands = filter.operands.map((operand) => sql`(${filterCondition(operand, leaf)})`);
      return sql`${sql.join(operands, filter.kind === "and" ? sql` AND ` : sql` OR `)}`;
    }
    default:
      return leaf(filter);
  }
}

/** Joins the conditions with AND. */
export function allOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? ALWAYS : sql`${sql.join(conditions, sql` AND `)}`;
}

export const ALWAYS: Condition = sql`1 = 1`;

export const NEVER: Condition = sql`1 = 0`;

type Operand = Expression<string | number | null>;

/** Compares an operand with the comparison's value. Null when the operand is null. */
export function compare(operand: Operand, comparison: Comparison, dialect: Dialect): Condition {
  switch (comparison.kind) {
    case "value":
      return sql`${operand} ${sql.raw(comparison.comparator)} ${bound(comparison.value)}`;
    case "range":
      return sql`${operand} BETWEEN ${bound(comparison.low)} AND ${bound(comparison.high)}`;
    case "list": {
      const list = dialect.listOfTexts(sql.val(JSON.stringify(comparison.values)));
      return sql`${operand} ${sql.raw(comparison.comparator)} ${list}`;
    }
    case "pattern": {
      const text = operand as Expression<string | null>; // The grammar allows patterns only for text.
      return comparison.comparator === "LIKE"
        ? dialect.like(text, comparison.pattern)
        : dialect.ilike(text, comparison.pattern);
    }
    case "null":
      return sql`${operand} ${sql.raw(comparison.comparator)}`;
  }
}

/** Casts numbers that are not integers, because PostgreSQL would otherwise bind them with the type of an integer column. */
function bound(value: string | number): RawBuilder<unknown> {
  const isOther = typeof value === "number" && !Number.isSafeInteger(value);
  return isOther ? sql`CAST(${value} AS DOUBLE PRECISION)` : sql`${value}`;
}

/** Turns null into false. */
export function isTrue(condition: Expression<SqlBool>): Condition {
  return sql`(${condition}) IS TRUE`;
}

/** Selects active rows, deleted rows or both from a table with `deleted_time_ms`. */
export function viewCondition(viewType: ViewType): Condition {
  if (viewType === "ALL") return ALWAYS;
  return viewType === "ACTIVE_ONLY" ? sql`deleted_time_ms IS NULL` : sql`deleted_time_ms IS NOT NULL`;
}

/** A table of an entity's tags, params or metadata: (owner, key, value) with one row per owner and key. */
export type TextTable = { readonly table: string; readonly owner: string };

/** Compares the value of a tag, param or metadata key. A missing key only matches IS NULL. */
export function textCondition(
  { table, owner }: TextTable,
  ownerId: RawBuilder<number>,
  comparison: Comparison,
  dialect: Dialect,
): Condition {
  const value = sql<string | null>`(SELECT value FROM ${sql.table(table)}
    WHERE ${sql.ref(`${table}.${owner}`)} = ${ownerId} AND key = ${comparison.field.key})`;
  return comparison.kind === "null"
    ? compare(value, comparison, dialect)
    : isTrue(compare(value, comparison, dialect));
}
