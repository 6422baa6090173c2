import type { Tag } from "@flightdeck/protocol";
import { z } from "zod";
import { optionalText, text } from "../source/records.ts";

/** A value bound to a query. */
export type SqlValue = string | number;

/** Reads another program's database. Queries must work in SQLite and PostgreSQL, with `?` for values. */
export interface SourceDatabase {
  /** Identifies the database: a path or a URL without credentials. */
  readonly identity: string;
  /** The database file's folder, against which relative artifact locations are resolved; undefined for a server. */
  readonly folder: string | undefined;
  /** The column names of each table. */
  columns(): Promise<SourceTables>;
  rows(sql: string, values?: readonly SqlValue[]): Promise<readonly unknown[]>;
  /** Yields rows in batches, for results that do not fit in memory. */
  batches(
    sql: string,
    values: readonly SqlValue[],
    rowsPerBatch: number,
  ): AsyncGenerator<readonly unknown[], void, undefined>;
  close(): Promise<void>;
}

export type SourceTables = ReadonlyMap<string, ReadonlySet<string>>;

/** Groups pairs of table and column by table. */
export function tablesOf(rows: readonly { readonly table: string; readonly column: string }[]): SourceTables {
  const tables = new Map<string, Set<string>>();
  for (const { table, column } of rows) {
    const columns = tables.get(table);
    if (columns === undefined) tables.set(table, new Set([column]));
    else columns.add(column);
  }
  return tables;
}

/** A row of a tags or params table. */
export const keyValue: z.ZodType<{ id: string; key: string; value: string }> = z.object({
  id: text,
  key: text,
  value: optionalText,
});

export function placeholders(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}

export function textsById(
  rows: readonly { readonly id: string; readonly key: string; readonly value: string }[],
): ReadonlyMap<string, Tag[]> {
  return grouped(rows, ({ key, value }) => ({ key, value }));
}

export function grouped<TRow extends { readonly id: string }, T>(
  rows: readonly TRow[],
  convert: (row: TRow) => T,
): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.id);
    if (group === undefined) groups.set(row.id, [convert(row)]);
    else group.push(convert(row));
  }
  return groups;
}
