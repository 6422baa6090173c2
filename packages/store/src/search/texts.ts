import type { Comparison } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import type { Dialect } from "../dialects/dialect.ts";
import { compare, type Condition, isTrue } from "./condition.ts";

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
