import type { Tables } from "./tables.ts";

/**
 * Inserts many rows of one shape. Each dialect uses its fastest form: a prepared statement run per row, or one statement
 * over arrays. No two rows may hit the same `onConflict` target, because not every database allows that in one statement.
 */
export type BulkInsert = {
  readonly into: keyof Tables;
  readonly columns: readonly string[];
  readonly onConflict?: OnConflict | undefined;
};

type OnConflict = {
  /** Columns of the unique key. Empty: any unique key. */
  readonly target: readonly string[];
  /** Columns to take from the new row. Empty: keep the existing row. */
  readonly update: readonly string[];
  /** SQL condition for the update, over `excluded` and the table's name. */
  readonly where?: string | undefined;
};

/** Declares a bulk insert. The compiler checks column names against the table. */
export function bulkInsert<TTable extends keyof Tables>(
  into: TTable,
  columns: readonly (keyof Tables[TTable] & string)[],
  onConflict?: {
    readonly target: readonly (keyof Tables[TTable] & string)[];
    readonly update: readonly (keyof Tables[TTable] & string)[];
    readonly where?: string | undefined;
  },
): BulkInsert {
  return { into, columns, onConflict };
}

/** The ON CONFLICT clause of a bulk insert, the same in every database. */
export function onConflictSql({ onConflict }: BulkInsert): string {
  if (onConflict === undefined) return "";
  const { target, update, where } = onConflict;
  const conflict = ` ON CONFLICT${target.length > 0 ? ` (${target.join(", ")})` : ""} DO`;
  if (update.length === 0) return `${conflict} NOTHING`;
  const assignments = update.map((column) => `${column} = excluded.${column}`).join(", ");
  return `${conflict} UPDATE SET ${assignments}${where === undefined ? "" : ` WHERE ${where}`}`;
}
