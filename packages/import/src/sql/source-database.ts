/** A value that a query binds. */
export type SqlValue = string | number;

/** Reads another program's database. Queries are written for SQLite and PostgreSQL alike, with `?` for values. */
export interface SourceDatabase {
  /** What it is known by: a path or an address, without credentials. */
  readonly identity: string;
  /** The folder of the database file, which relative artifact locations are relative to; undefined for a server. */
  readonly folder: string | undefined;
  /** Columns by table. */
  columns(): Promise<SourceTables>;
  rows(sql: string, values?: readonly SqlValue[]): Promise<readonly unknown[]>;
  /** For results that do not fit in memory. */
  batches(
    sql: string,
    values: readonly SqlValue[],
    rowsPerBatch: number,
  ): AsyncGenerator<readonly unknown[], void, undefined>;
  close(): Promise<void>;
}

export type SourceTables = ReadonlyMap<string, ReadonlySet<string>>;

/** The rows of `table.column` pairs, by table. */
export function tablesOf(rows: readonly { readonly table: string; readonly column: string }[]): SourceTables {
  const tables = new Map<string, Set<string>>();
  for (const { table, column } of rows) {
    const columns = tables.get(table);
    if (columns === undefined) tables.set(table, new Set([column]));
    else columns.add(column);
  }
  return tables;
}
