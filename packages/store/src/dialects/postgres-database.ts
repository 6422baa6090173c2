import { AppError, sleep } from "@flightdeck/core";
import { Pool, type PoolClient, types } from "pg";
import type { Dialect } from "../database/dialect.ts";
import type { Database, Work } from "../database/work.ts";
import { parsePostgresUri, withoutPassword } from "./backend-store-uri.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { PostgresTransaction, StatementNames } from "./postgres-transaction.ts";

/** A write holds one for some milliseconds; a server allows 100 in all unless it is told otherwise. */
const CONNECTIONS_MAX = 8;
/** How long work waits for a connection, be it for a free one or for a new one. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long a write waits for another one's row, as on SQLite. */
const LOCK_TIMEOUT_MS = 5_000;
/** How long a transaction of ours may do nothing, its process being stopped, before PostgreSQL ends it for the others. */
const IDLE_TRANSACTION_TIMEOUT_MS = 30_000;
/** The longest that any statement takes, a migration among them; then the connection counts as dead. */
const ANSWER_TIMEOUT_MS = 300_000;
/** Each retry means that another writer has got on. */
const RETRIES_MAX = 8;
/** Waited before the n-th retry, n times. */
const RETRY_PAUSE_MS = 5;

const READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/** Each statement sees what is committed when it starts; where that is not enough, work locks rows or is run again. */
const WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED";

/**
 * A PostgreSQL database, which any number of processes may share, through a pool of connections.
 *
 * PostgreSQL answers COMMIT when the change is on its disk, so a write resolves then. That holds with `fsync` on, as it
 * is unless an administrator says otherwise; a `synchronous_commit` that is off is switched on for our connections.
 *
 * Two writers that meet: unique keys and `INSERT … ON CONFLICT` decide who is first, and the other's work runs again and
 * finds what the first one made; work that reads before it changes locks the rows (`Dialect.lockForUpdate`).
 */
export class PostgresDatabase implements Database {
  readonly dialect: Dialect = postgresDialect;
  readonly #pool: Pool;
  readonly #names = new StatementNames();
  #closing: Promise<void> | undefined;

  private constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Connects. Throws `INVALID_PARAMETER_VALUE` for a bad URI, `IO_ERROR` when the database cannot be reached. */
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

  /** Transactions under way end first. */
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

  /** Runs the work once. Gives the database's complaint; throws what the work throws. */
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
  // A connection that breaks while nobody uses it is dropped from the pool; the next use makes another one.
  pool.on("error", ignore);
  pool.on("connect", (client) => {
    // One that breaks in use tells so by its queries too. Without a listener the event would end the process.
    client.on("error", ignore);
    client.query(SETTINGS).catch(ignore);
  });
  return pool;
}

/** For errors that whoever uses the connection next is told as well. */
function ignore(): void {}

/**
 * For every connection. Our queries are made for indexes; without statistics, as after an import, the planner would read
 * tables of run values through for a single run. Compiling a query takes longer than running any of ours.
 */
const SETTINGS = `SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false),
  set_config('synchronous_commit', CASE current_setting('synchronous_commit')
    WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)`;

/** `json_array_elements_text`, `unnest` and identity columns are older; these are the releases that are still kept up. */
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

/** Ends a transaction that has failed. A connection that cannot even do that is thrown away. */
async function giveBack(client: PoolClient, transaction: PostgresTransaction): Promise<void> {
  try {
    await transaction.rollback();
    client.release();
  } catch {
    client.release(true);
  }
}

const INT8_OID: number = types.builtins.INT8;

/** Counts, ids and times are below 2^53 by the store's own checks. */
function getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
  return oid === INT8_OID ? Number : types.getTypeParser(oid, format);
}

/**
 * Errors that mean another transaction came first (https://www.postgresql.org/docs/current/errcodes-appendix.html): the
 * work looks again, from its start, and finds what the other made.
 */
const RETRIED_CODES: ReadonlySet<string> = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "23505", // unique_violation: made between the look and the insert
  "23503", // foreign_key_violation: deleted between the look and the insert
]);

function isRetried(error: unknown): boolean {
  return RETRIED_CODES.has(codeOf(error));
}

/** What a caller can understand of a database's error; others stay what they are. */
function postgresError(error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { message } = error;
  const made = (as: AppError["code"], text: string): AppError => new AppError(as, text, { cause: error });
  // 22021 and 22P05 are what PostgreSQL says of the one character that its texts cannot hold.
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

/** Whether the server went away or could not be reached, rather than refused a statement. */
function isConnectionError(error: Error): boolean {
  const code = codeOf(error);
  // Classes 08 and 57P: connection exceptions, shutdowns. Errors of the socket have names for codes, those of `pg` none.
  return /^(08|57P)/.test(code) || /^E[A-Z]+$/.test(code) || code === "";
}

/** One line that says why; an attempt at several addresses fails with an error without a message of its own. */
function connectionMessage(error: unknown): string {
  if (error instanceof AggregateError) return connectionMessage(error.errors[0]);
  return `the database cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
