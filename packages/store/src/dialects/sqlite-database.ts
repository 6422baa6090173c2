import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { AppError, messageOf, newId } from "@flightdeck/core";
import { type BulkInsert, onConflictSql } from "../database/bulk-insert.ts";
import type { Dialect } from "../database/dialect.ts";
import type { Database, Step, Work } from "../database/work.ts";
import { WalSync, WriteGroups } from "./group-commit.ts";
import { makeFolders, makeForOwner, narrowToOwner } from "./owner-only.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";

/** How long a write waits for another process's write. Writes of this process run one after another and never wait. */
const BUSY_TIMEOUT_MS = 5000;
/** Pages (4 KiB each) after which a commit also copies the log into the database: 16 MiB, some tens of milliseconds. */
const CHECKPOINT_PAGES = 4000;
/** The size to which the log is truncated after a reader in another process has delayed its reuse. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;
/** 64 MiB of pages in memory hold the hot parts of a workspace with tens of thousands of runs. */
const CACHE_KIB = 64 * 1024;

/**
 * A SQLite file in WAL mode, through one connection on this thread.
 *
 * Why one connection: `node:sqlite` is synchronous, so a second connection would not run in parallel, and it would lose its
 * page cache at every write of the first. Work runs to its end without yielding the thread, so transactions never overlap;
 * writes that arrive together share one (`WriteGroups`). Reads may see writes that are committed but not yet resolved.
 *
 * Durability rests on these facts (https://sqlite.org/wal.html, https://sqlite.org/pragma.html#pragma_synchronous):
 * - With `synchronous=NORMAL`, a commit appends its pages to the `-wal` file without a sync. After a crash, SQLite replays
 *   the longest sequence of complete, checksummed commits. So a commit survives once the file is synced after it. `WalSync`
 *   syncs many commits at once, off this thread, and only then does `write` resolve.
 * - A checkpoint syncs the log before it copies pages to the database, and the database before the log may be reused; a
 *   reused log begins with a new header that SQLite syncs. So durable commits stay durable.
 * - The last connection to close deletes the log. This connection keeps the database open, so the descriptor that we hold
 *   refers to the current log for all that time, even when other processes come and go.
 * - SQLite holds its locks on the database and `-shm` files. Closing any descriptor of a locked file drops a process's locks,
 *   but the log has none, so it is safe for us to open and close it.
 * - A new file's name is durable once its folder has been synced, which happens when the database is opened.
 */
export class SqliteDatabase implements Database {
  readonly dialect: Dialect = sqliteDialect;
  readonly #connection: DatabaseSync;
  readonly #walFd: number;
  readonly #sync: WalSync;
  readonly #statements: SqliteStatements;
  readonly #writes: WriteGroups;
  #isClosed = false;

  /** Opens the file, creating it and its folder if missing. Throws `IO_ERROR` if it cannot be opened. */
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

  writesWaiting(): number {
    return this.#writes.waitingCount;
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
      // SQLite may have rolled back already, for example on a full disk.
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
    makeFolders(dirname(path));
    makeDatabaseFile(path); // SQLite creates the -wal and -shm files with the same mode.
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

/**
 * Creates a missing file atomically with its first page. So we did not create an empty file, and refuse it: its data
 * may have been lost, and a new workspace in its place would hide that.
 */
function makeDatabaseFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) {
    if (found.isFile() && found.size === 0) throw emptyFile();
    return narrowToOwner(path);
  }
  const made = `${path}.new-${newId()}`;
  try {
    makeForOwner(made);
    const connection = new DatabaseSync(made);
    connection.exec("PRAGMA journal_mode = WAL");
    connection.close();
    linkSync(made, path);
  } catch (error) {
    if (!existsSync(path)) throw error; // Otherwise another process was faster.
  } finally {
    rmSync(made, { force: true });
  }
}

function emptyFile(): AppError {
  const message =
    "the file is empty, so its content may be lost; restore a backup, or remove the file to begin a new workspace";
  return new AppError("IO_ERROR", message);
}

function executeStatement(statement: StatementSync, parameters: readonly unknown[]): readonly unknown[] {
  try {
    // The table types allow only numbers, text and null as parameters.
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

/** The number of query shapes is unbounded, but a few hundred cover those that the UI sends repeatedly. */
const SEARCHES_MAX = 400;

/** A cache of prepared statements. Preparing one costs ten times as much as running it. */
class SqliteStatements {
  readonly #connection: DatabaseSync;
  readonly #fixed = new Map<string, StatementSync>();
  readonly #inserts = new WeakMap<BulkInsert, StatementSync>();
  /** Least recently used first. */
  readonly #searches = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  /** For SQL written in the program, about a hundred statements. Never evicted. */
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

  /** For SQL whose shape depends on the request. */
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
