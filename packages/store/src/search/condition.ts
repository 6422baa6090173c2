import type { Comparison, Filter, ViewType } from "@flightdeck/protocol";
import { type Expression, type RawBuilder, sql, type SqlBool } from "kysely";
import type { Dialect } from "../database/dialect.ts";

/** A condition that is true or false, never null: so NOT gives exactly the others. */
export type Condition = RawBuilder<SqlBool>;

/** The filter as SQL. `leaf` turns one comparison into a condition. */
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

/** All of the conditions. */
export function allOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? ALWAYS : sql`${sql.join(conditions, sql` AND `)}`;
}

export const ALWAYS: Condition = sql`1 = 1`;

export const NEVER: Condition = sql`1 = 0`;

type Operand = Expression<string | number | null>;

/** A comparison of an operand with the comparison's own value; null when the operand is. */
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
      const text = operand as Expression<string | null>; // The grammar gives patterns to texts only.
      return comparison.comparator === "LIKE"
        ? dialect.like(text, comparison.pattern)
        : dialect.ilike(text, comparison.pattern);
    }
    case "null":
      return sql`${operand} ${sql.raw(comparison.comparator)}`;
  }
}

/** A column of whole numbers may be compared with any number, which some databases must be told. */
function bound(value: string | number): RawBuilder<unknown> {
  const isOther = typeof value === "number" && !Number.isSafeInteger(value);
  return isOther ? sql`CAST(${value} AS DOUBLE PRECISION)` : sql`${value}`;
}

/** The condition, with null as false. */
export function isTrue(condition: Expression<SqlBool>): Condition {
  return sql`(${condition}) IS TRUE`;
}

/** The live, the deleted, or both, of a table with `deleted_time_ms`. */
export function viewCondition(viewType: ViewType): Condition {
  if (viewType === "ALL") return ALWAYS;
  return viewType === "ACTIVE_ONLY" ? sql`deleted_time_ms IS NULL` : sql`deleted_time_ms IS NOT NULL`;
}

/** Where an entity keeps the texts under keys: a table of (owner, key, value) with one row per owner and key. */
export type TextTable = { readonly table: string; readonly owner: string };

/** A comparison of the text under a key with the comparison's value. An absent text meets only IS NULL. */
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
