import type { CompiledQuery } from "kysely";
import type { BulkInsert } from "./bulk-insert.ts";
import type { Dialect } from "./dialect.ts";

/**
 * What the store asks of a database, one step at a time. Work is written once, as generators, and each database runs it
 * its own way: SQLite answers at once, so a whole transaction runs without giving up the thread (tens of microseconds,
 * nothing can come between its steps); a database behind a socket awaits each step.
 */
export type Work<T> = Generator<Step, T, readonly unknown[]>;

export type Step = QueryStep | CommandStep | BulkInsertStep;

type QueryStep = {
  readonly kind: "query";
  /** Its SQL is always the same, so that it is worth being prepared. */
  readonly isFixed?: boolean | undefined;
  compile(dialect: Dialect): Pick<CompiledQuery, "sql" | "parameters">;
};

/** A query whose rows nobody looks at, so that nobody need wait for them. */
type CommandStep = Omit<QueryStep, "kind"> & { readonly kind: "command" };

export type BulkInsertStep = {
  readonly kind: "bulk-insert";
  readonly insert: BulkInsert;
  readonly rows: readonly (readonly unknown[])[];
};

/** A query that knows the shape of its rows. */
export type Query<TRow> = QueryStep & { readonly row?: TRow | undefined };

/** All rows. */
export function* all<TRow>(query: Query<TRow>): Work<readonly TRow[]> {
  return (yield query) as readonly TRow[]; // The query's type says what its SQL selects.
}

/** The first row, or undefined when there is none. */
export function* first<TRow>(query: Query<TRow>): Work<TRow | undefined> {
  return (yield* all(query))[0];
}

/** Runs a statement for its effect. */
export function* execute(query: Query<unknown>): Work<void> {
  yield { ...query, kind: "command" };
}

/** Inserts rows of one shape, in the order given. No rows, no step. */
export function* insertRows(insert: BulkInsert, rows: BulkInsertStep["rows"]): Work<void> {
  if (rows.length > 0) yield { kind: "bulk-insert", insert, rows };
}

/**
 * Runs work in transactions.
 * `read` sees one consistent state, with every write that has resolved before.
 * `write` happens whole or not at all; its promise resolves only when the change survives `kill -9` and a power cut, and
 * rejects without any effect when the work throws. The work may be run again from its start when a database asks for it,
 * so it must not have effects of its own.
 */
export type Database = {
  readonly dialect: Dialect;
  read<T>(work: () => Work<T>): Promise<T>;
  write<T>(work: () => Work<T>): Promise<T>;
  /** Waits for writes under way, then closes. */
  close(): Promise<void>;
};
