import { AppError, codeOf, sleep } from "@flightdeck/core";
import { Pool, type PoolClient, types } from "pg";
import type { Dialect } from "../database/dialect.ts";
import type { Database, Work } from "../database/work.ts";
import { parsePostgresUri, withoutPassword } from "./backend-store-uri.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { PostgresTransaction, StatementNames } from "./postgres-transaction.ts";

/** A write holds a connection for a few milliseconds. PostgreSQL allows 100 connections in total by default. */
const CONNECTIONS_MAX = 8;
/** How long work waits for a free or new connection. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long a write waits for a row lock, the same as on SQLite. */
const LOCK_TIMEOUT_MS = 5_000;
/** If our process hangs, PostgreSQL ends its idle transaction after this time so that others can continue. */
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;
/** Longer than any statement takes, including migrations. After this the connection counts as dead. */
const ANSWER_TIMEOUT_MS = 300_000;
/** Each retry means that another writer has made progress. */
const RETRIES_MAX = 8;
/** The n-th retry waits n times this long. */
const RETRY_PAUSE_MS = 5;

const READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/** Each statement sees the commits made before it started. Where that is not enough, work locks rows or runs again. */
const WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED";

/**
 * A PostgreSQL database behind a connection pool. Any number of processes may share the database.
 *
 * A write resolves when PostgreSQL answers COMMIT, once the change is on its disk. This requires `fsync`, which is on
 * by default. If `synchronous_commit` is off, our connections switch it on.
 *
 * Concurrent writers: unique keys and `INSERT … ON CONFLICT` decide which comes first; the other one's work runs again
 * and sees what the first one wrote. Work that changes rows based on what it read locks them (`Dialect.lockForUpdate`).
 */
export class PostgresDatabase implements Database {
  readonly dialect: Dialect = postgresDialect;
  readonly #pool: Pool;
  readonly #names = new StatementNames();
  #closing: Promise<void> | undefined;

  private constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Connects. Throws `INVALID_PARAMETER_VALUE` for a bad URI, `IO_ERROR` if the database cannot be reached. */
  static async open(uri: string): Promise<PostgresDatabase> {
    const pool = newPool(uri);
    try {
      await checkServer(pool);
    } catch (error) {
      await pool.end();
      if (error instanceof AppError) throw error;
      const message = `cannot open ${withoutPassword(uri)}: ${connectionMessage(error)}`;
      throw new AppError("IO_ERROR", message, { cause: error });
    }
    return new PostgresDatabase(pool);
  }

  async read<T>(work: () => Work<T>): Promise<T> {
    return this.#retryOnConflict(READ, work);
  }

  async write<T>(work: () => Work<T>): Promise<T> {
    return this.#retryOnConflict(WRITE, work);
  }

  /** The amount of work waiting for a pooled connection, including reads. */
  writesWaiting(): number {
    return this.#pool.waitingCount;
  }

  /** Waits for running transactions first. */
  async close(): Promise<void> {
    this.#closing ??= this.#pool.end();
    return this.#closing;
  }

  async #retryOnConflict<T>(begin: string, work: () => Work<T>): Promise<T> {
    for (let retry = 1; ; retry++) {
      const outcome = await this.#attempt(begin, work);
      if ("result" in outcome) return outcome.result;
      if (!isRetried(outcome.failure) || retry > RETRIES_MAX) throw postgresError(outcome.failure);
      await sleep(RETRY_PAUSE_MS * retry);
    }
  }

  /** Runs the work once. Returns the database's error, if any; throws what the work throws. */
  async #attempt<T>(begin: string, work: () => Work<T>): Promise<Outcome<T>> {
    const client = await this.#connect();
    const transaction = new PostgresTransaction(client, this.#names);
    try {
      transaction.begin(begin);
      const result = await transaction.execute(work());
      await transaction.commit();
      client.release();
      return { result };
    } catch (error) {
      await giveBack(client, transaction);
      if (transaction.failure === undefined) throw error;
      return { failure: transaction.failure };
    }
  }

  async #connect(): Promise<PoolClient> {
    if (this.#closing !== undefined) throw new AppError("INVALID_STATE", "the store is closed");
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw new AppError("TEMPORARILY_UNAVAILABLE", connectionMessage(error), { cause: error });
    }
  }
}

type Outcome<T> = { readonly result: T } | { readonly failure: unknown };

function newPool(uri: string): Pool {
  const pool = new Pool({
    ...parsePostgresUri(uri),
    application_name: "flightdeck",
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser },
  });
  // If a connection breaks while idle, the pool drops it and opens another one when needed.
  pool.on("error", ignore);
  pool.on("connect", (client) => {
    // If a connection breaks in use, its queries fail too. Without a listener the event would end the process.
    client.on("error", ignore);
    client.query(SETTINGS).catch(ignore);
  });
  return pool;
}

/** For errors that the connection's next user also sees. */
function ignore(): void {}

/**
 * Settings of every connection. Our queries are written for indexes; without statistics, for example after an import,
 * the planner would scan whole tables of run values for a single run. JIT compilation takes longer than any of our
 * queries.
 */
const SETTINGS = `SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false),
  set_config('synchronous_commit', CASE current_setting('synchronous_commit')
    WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)`;

/** The oldest release that is still maintained. All features that we use are older. */
const SERVER_VERSION_MIN = 140_000;

async function checkServer(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ readonly version: string; readonly encoding: string }>(
    "SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding",
  );
  const { version = "", encoding = "" } = rows[0] ?? {};
  if (Number(version) < SERVER_VERSION_MIN) {
    throw new AppError("INVALID_STATE", `PostgreSQL must be 14 or newer, got version number ${version}`);
  }
  if (encoding !== "UTF8") {
    throw new AppError("INVALID_STATE", `the database's encoding must be UTF8, got ${encoding}`);
  }
}

/**
 * Rolls back a failed transaction and returns its connection to the pool, or discards the connection if it cannot roll
 * back.
 */
async function giveBack(client: PoolClient, transaction: PostgresTransaction): Promise<void> {
  try {
    await transaction.rollback();
    client.release();
  } catch {
    client.release(true);
  }
}

const INT8_OID: number = types.builtins.INT8;

/** The store's checks keep counts, ids and times below 2^53. */
function getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
  return oid === INT8_OID ? Number : types.getTypeParser(oid, format);
}

/**
 * Errors that mean that another transaction came first
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html). The work runs again from the start and sees what
 * the other one wrote.
 */
const RETRIED_CODES: ReadonlySet<string> = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "23505", // unique_violation: created between our read and our insert
  "23503", // foreign_key_violation: deleted between our read and our insert
]);

function isRetried(error: unknown): boolean {
  return RETRIED_CODES.has(codeOf(error) ?? "");
}

/** Turns database errors that a caller can act on into an AppError. Returns others unchanged. */
function postgresError(error: unknown): unknown {
  const code = codeOf(error) ?? "";
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { message } = error;
  const made = (as: AppError["code"], text: string): AppError => new AppError(as, text, { cause: error });
  // PostgreSQL cannot store U+0000 in text, and reports it as 22021 or 22P05.
  if (code === "22021" || code === "22P05") {
    return made(
      "INVALID_PARAMETER_VALUE",
      "a text holds the character U+0000, which PostgreSQL does not store",
    );
  }
  if (code.startsWith("22")) return made("INVALID_PARAMETER_VALUE", `PostgreSQL refuses a value: ${message}`);
  if (code === "55P03") return made("TEMPORARILY_UNAVAILABLE", "the database was locked for too long");
  if (code.startsWith("53"))
    return made("TEMPORARILY_UNAVAILABLE", `PostgreSQL is short of room: ${message}`);
  if (RETRIED_CODES.has(code)) {
    return made("TEMPORARILY_UNAVAILABLE", `other writers were in the way each time: ${message}`);
  }
  if (isConnectionError(error)) return made("TEMPORARILY_UNAVAILABLE", connectionMessage(error));
  return error;
}

/** Whether the connection failed, as opposed to the server refusing a statement. */
function isConnectionError(error: Error): boolean {
  const code = codeOf(error) ?? "";
  // Classes 08 and 57P are connection exceptions and shutdowns. Socket errors have names as codes; errors from `pg`
  // itself have none.
  return /^(08|57P)/.test(code) || /^E[A-Z]+$/.test(code) || code === "";
}

/** The reason in one line. Trying several addresses fails with an AggregateError, which has no message. */
function connectionMessage(error: unknown): string {
  if (error instanceof AggregateError) return connectionMessage(error.errors[0]);
  return `the database cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
}
