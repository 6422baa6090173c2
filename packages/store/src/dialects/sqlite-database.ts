import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { AppError, messageOf } from "@flightdeck/core";
import { type BulkInsert, onConflictSql } from "../database/bulk-insert.ts";
import type { Dialect } from "../database/dialect.ts";
import type { Database, Step, Work } from "../database/work.ts";
import { WalSync, WriteGroups } from "./group-commit.ts";
import { makeForOwner, narrowToOwner } from "./owner-only.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";

/** How long a write waits for another process's. Its own writes never wait: they run one after another. */
const BUSY_TIMEOUT_MS = 5000;
/** Pages (4 KiB) after which a commit also copies the log into the database: 16 MiB, some tens of milliseconds. */
const CHECKPOINT_PAGES = 4000;
/** What the log is cut back to after a reader in another process has held up its reuse. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;
/** 64 MiB of pages in memory: the hot parts of a workspace of tens of thousands of runs. */
const CACHE_KIB = 64 * 1024;

/**
 * A SQLite file in WAL mode, through one connection on this thread.
 *
 * Why one connection: `node:sqlite` answers at once, so a second one could not run beside it, but would lose its page
 * cache at every write of the first. Work runs whole without giving up the thread, so no two transactions meet; writes
 * that come in together share one (`WriteGroups`). Reads also see writes that have not resolved yet, as they would a
 * moment later.
 *
 * Durability rests on these facts (https://sqlite.org/wal.html, https://sqlite.org/pragma.html#pragma_synchronous):
 * - With `synchronous=NORMAL` a commit appends its pages to the `-wal` file and does not sync. After a crash SQLite
 *   replays the longest run of whole, checksummed commits. So a commit survives once the file has been synced after it.
 *   `WalSync` does that for all commits of a moment together, off this thread, and only then does `write` resolve.
 * - A checkpoint syncs the log before it copies pages to the database, and the database before the log may be reused;
 *   a reused log begins with a new header that SQLite syncs. So what was durable stays so.
 * - The last connection to close deletes the log. This connection holds the database from opening to closing, so the
 *   file whose descriptor is kept here is the log for all that time, also when other processes come and go.
 * - SQLite keeps its locks on the database and `-shm` files. Closing any descriptor of a locked file drops a process's
 *   locks, but the log carries none, so a descriptor of our own is safe.
 * - A new file's name is durable when its folder is synced, once, at opening.
 */
export class SqliteDatabase implements Database {
  readonly dialect: Dialect = sqliteDialect;
  readonly #connection: DatabaseSync;
  readonly #walFd: number;
  readonly #sync: WalSync;
  readonly #statements: SqliteStatements;
  readonly #writes: WriteGroups;
  #isClosed = false;

  /** Opens the file, creating it and its folder when absent. Throws `IO_ERROR` when it cannot be opened. */
  constructor(path: string) {
    this.#connection = openConnection(path);
    this.#statements = new SqliteStatements(this.#connection);
    this.#walFd = openSync(`${path}-wal`, "r+");
    this.#sync = new WalSync(this.#walFd);
    this.#writes = new WriteGroups(
      (work) => this.#transaction("BEGIN IMMEDIATE", work),
      () => this.#sync.wait(),
    );
    syncFolder(dirname(path));
  }

  async read<T>(work: () => Work<T>): Promise<T> {
    this.#assertOpen();
    return this.#transaction("BEGIN", () => this.#execute(work()));
  }

  async write<T>(work: () => Work<T>): Promise<T> {
    this.#assertOpen();
    this.#sync.assertHealthy();
    return this.#writes.add(() => this.#execute(work()));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writes.flush();
    try {
      await this.#sync.wait();
    } finally {
      this.#connection.close();
      closeSync(this.#walFd);
    }
  }

  #transaction<T>(begin: string, work: () => T): T {
    executeStatement(this.#statements.fixed(begin), []);
    try {
      const result = work();
      executeStatement(this.#statements.fixed("COMMIT"), []);
      return result;
    } catch (error) {
      // SQLite may have rolled back by itself, on a full disk say.
      if (this.#connection.isTransaction) executeStatement(this.#statements.fixed("ROLLBACK"), []);
      throw error;
    }
  }

  #execute<T>(work: Work<T>): T {
    let step = work.next([]);
    while (step.done !== true) step = work.next(this.#perform(step.value));
    return step.value;
  }

  #perform(step: Step): readonly unknown[] {
    if (step.kind === "bulk-insert") {
      const insert = this.#statements.insert(step.insert);
      for (const row of step.rows) executeStatement(insert, row);
      return [];
    }
    const { sql, parameters } = step.compile(this.dialect);
    const statement = step.isFixed === true ? this.#statements.fixed(sql) : this.#statements.search(sql);
    return executeStatement(statement, parameters);
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new AppError("INVALID_STATE", "the store is closed");
  }
}

function openConnection(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true });
    makeForOwner(path); // SQLite gives what it makes beside it the same mode.
    for (const suffix of ["-wal", "-shm"]) narrowToOwner(path + suffix);
    const connection = new DatabaseSync(path, {
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
    });
    connection.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA journal_size_limit = ${LOG_BYTES_MAX};
      PRAGMA cache_size = -${CACHE_KIB};
      PRAGMA temp_store = MEMORY;
      BEGIN IMMEDIATE; COMMIT`);
    return connection;
  } catch (error) {
    throw new AppError("IO_ERROR", `cannot open the database ${path}: ${messageOf(error)}`, { cause: error });
  }
}

function executeStatement(statement: StatementSync, parameters: readonly unknown[]): readonly unknown[] {
  try {
    // Parameters are numbers, text and null only: the table types allow nothing else.
    return statement.all(...(parameters as SQLInputValue[]));
  } catch (error) {
    throw databaseError(error);
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Primary result codes, https://sqlite.org/rescode.html. */
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

function databaseError(error: unknown): unknown {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : undefined;
  if (code === SQLITE_BUSY) {
    return new AppError(
      "TEMPORARILY_UNAVAILABLE",
      `the database was locked by another process for more than ${BUSY_TIMEOUT_MS} ms`,
      { cause: error },
    );
  }
  if (code === SQLITE_FULL) return new AppError("IO_ERROR", "the disk is full", { cause: error });
  return error;
}

/** Shapes of searches differ without end; a few hundred are those that a page asks for again and again. */
const SEARCHES_MAX = 400;

/** Statements prepared once: to prepare one costs ten times what it costs to run. */
class SqliteStatements {
  readonly #connection: DatabaseSync;
  readonly #fixed = new Map<string, StatementSync>();
  readonly #inserts = new WeakMap<BulkInsert, StatementSync>();
  /** Least recently used first. */
  readonly #searches = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  /** For SQL that the program holds, of which there are about a hundred. */
  fixed(sql: string): StatementSync {
    const known = this.#fixed.get(sql);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(sql);
    this.#fixed.set(sql, statement);
    return statement;
  }

  /** Inserts one row. */
  insert(insert: BulkInsert): StatementSync {
    const known = this.#inserts.get(insert);
    if (known !== undefined) return known;
    const statement = this.#connection.prepare(insertSql(insert));
    this.#inserts.set(insert, statement);
    return statement;
  }

  /** For SQL that a request has shaped. */
  search(sql: string): StatementSync {
    const statement = this.#searches.get(sql) ?? this.#connection.prepare(sql);
    this.#searches.delete(sql);
    this.#searches.set(sql, statement);
    const [oldest] = this.#searches.size > SEARCHES_MAX ? this.#searches.keys() : [];
    if (oldest !== undefined) this.#searches.delete(oldest);
    return statement;
  }
}

function insertSql(insert: BulkInsert): string {
  const { into, columns } = insert;
  const row = columns.map(() => "?").join(", ");
  return `INSERT INTO ${into} (${columns.join(", ")}) VALUES (${row})${onConflictSql(insert)}`;
}
