import type { Tables } from "./tables.ts";

/**
 * An insert of many rows of one shape. A dialect turns it into its fastest form: a prepared statement run per row, or
 * one statement over arrays. Rows must not meet the same `onConflict` target twice, since not every database allows
 * that in one statement.
 */
export type BulkInsert = {
  readonly into: keyof Tables;
  readonly columns: readonly string[];
  readonly onConflict?: OnConflict | undefined;
};

type OnConflict = {
  /** Columns of the unique key; empty means any. */
  readonly target: readonly string[];
  /** Columns taken from the new row; none means that the old row stays. */
  readonly update: readonly string[];
  /** SQL condition for the update, over `excluded` and the table's own name. */
  readonly where?: string | undefined;
};

/** Declares a bulk insert; names are checked against the table's type. */
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

/** The end of a bulk insert: what becomes of a row whose key is there already. The same in all databases. */
export function onConflictSql({ onConflict }: BulkInsert): string {
  if (onConflict === undefined) return "";
  const { target, update, where } = onConflict;
  const conflict = ` ON CONFLICT${target.length > 0 ? ` (${target.join(", ")})` : ""} DO`;
  if (update.length === 0) return `${conflict} NOTHING`;
  const assignments = update.map((column) => `${column} = excluded.${column}`).join(", ");
  return `${conflict} UPDATE SET ${assignments}${where === undefined ? "" : ` WHERE ${where}`}`;
}
