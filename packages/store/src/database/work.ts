import type { CompiledQuery } from "kysely";
import type { BulkInsert } from "./bulk-insert.ts";
import type { Dialect } from "./dialect.ts";

/**
 * A unit of database work as a generator that yields one step at a time, so that the same code runs on every database.
 * SQLite answers synchronously, so a whole transaction runs without yielding the thread (tens of microseconds, and nothing
 * can come between its steps). A database behind a socket awaits the answer of each step.
 */
export type Work<T> = Generator<Step, T, readonly unknown[]>;

export type Step = QueryStep | CommandStep | BulkInsertStep;

type QueryStep = {
  readonly kind: "query";
  /** Whether the SQL is always the same, so that preparing it pays off. */
  readonly isFixed?: boolean | undefined;
  compile(dialect: Dialect): Pick<CompiledQuery, "sql" | "parameters">;
};

/** A query whose rows are not used, so nothing has to wait for its answer. */
type CommandStep = Omit<QueryStep, "kind"> & { readonly kind: "command" };

export type BulkInsertStep = {
  readonly kind: "bulk-insert";
  readonly insert: BulkInsert;
  readonly rows: readonly (readonly unknown[])[];
};

/** A query with the type of its rows. */
export type Query<TRow> = QueryStep & { readonly row?: TRow | undefined };

/** Returns all rows. */
export function* all<TRow>(query: Query<TRow>): Work<readonly TRow[]> {
  return (yield query) as readonly TRow[]; // `TRow` is what the query selects.
}

/** Returns the first row, or undefined. */
export function* first<TRow>(query: Query<TRow>): Work<TRow | undefined> {
  return (yield* all(query))[0];
}

/** Runs a statement for its effect. */
export function* execute(query: Query<unknown>): Work<void> {
  yield { ...query, kind: "command" };
}

/** Inserts rows in the given order. Without rows it does nothing. */
export function* insertRows(insert: BulkInsert, rows: BulkInsertStep["rows"]): Work<void> {
  if (rows.length > 0) yield { kind: "bulk-insert", insert, rows };
}

/**
 * Runs work in transactions.
 * `read` sees one consistent snapshot that includes every write resolved before it.
 * `write` is atomic. Its promise resolves only when the change survives `kill -9` and a power cut, and rejects without any
 * effect when the work throws. A database may run the work again from the start, so it must not have other side effects.
 */
export type Database = {
  readonly dialect: Dialect;
  read<T>(work: () => Work<T>): Promise<T>;
  write<T>(work: () => Work<T>): Promise<T>;
  /** How many of this process's writes wait for their turn. */
  writesWaiting(): number;
  /** Waits for pending writes, then closes. */
  close(): Promise<void>;
};
