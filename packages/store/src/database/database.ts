import type { Dialect } from "../dialects/dialect.ts";
import type { Work } from "./work.ts";

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
