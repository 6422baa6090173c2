import { assert } from "@flightdeck/core";
import type { BulkInsert } from "../database/bulk-insert.ts";
import type { BulkInsertStep } from "../database/work.ts";
import { onConflictSql } from "./on-conflict.ts";

/**
 * A bulk insert as one statement over arrays, one per column. Its SQL is the same for every number of rows. Rows are
 * sorted by the key that may conflict, so that two writers lock what both have in the same order.
 */
export function postgresBulkInsert({ insert, rows }: Pick<BulkInsertStep, "insert" | "rows">): {
  readonly sql: string;
  readonly parameters: readonly string[];
} {
  const filled = insert.columns.flatMap(
    (name, index) =>
      columnOf(
        name,
        rows.map((row) => row[index]),
      ) ?? [],
  );
  return { sql: insertSql(insert, filled), parameters: filled.map(({ literal }) => literal) };
}

type Column = { readonly name: string; readonly type: ArrayType; readonly literal: string };
/** Numbers travel as doubles, which hold every whole number that JavaScript does, and become what the column is. */
type ArrayType = "double precision[]" | "text[]";

function insertSql(insert: BulkInsert, filled: readonly Column[]): string {
  const names = filled.map(({ name }) => name);
  const selected = insert.columns.map((name) => (names.includes(name) ? name : "NULL"));
  const arrays = filled.map(({ type }, index) => `$${index + 1}::${type}`);
  const target = insert.onConflict?.target ?? [];
  return `INSERT INTO ${insert.into} (${insert.columns.join(", ")})
    SELECT ${selected.join(", ")} FROM unnest(${arrays.join(", ")}) AS new_rows (${names.join(", ")})
    ORDER BY ${(target.length > 0 ? target : names).join(", ")}${onConflictSql(insert)}`;
}

/** Undefined for a column that has no value in any row. */
function columnOf(name: string, values: readonly unknown[]): Column | undefined {
  const sample = values.find((value) => value !== null);
  if (sample === undefined) return undefined;
  const type: ArrayType = typeof sample === "number" ? "double precision[]" : "text[]";
  return { name, type, literal: `{${values.map(element).join(",")}}` };
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function element(value: unknown): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return String(value);
  assert(typeof value === "string", "columns hold numbers and texts only");
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}
