import { AppError, messageOf } from "@flightdeck/core";
import { Client, types } from "pg";
import { z } from "zod";
import { type SourceDatabase, type SourceTables, type SqlValue, tablesOf } from "./source-database.ts";

const CONNECT_TIMEOUT_MS = 10_000;
const INT8_OID = 20;
/** SQLAlchemy's URLs may name a driver after the dialect. */
const SCHEME = /^postgres(ql)?(\+\w+)?:\/\//;

/**
 * A PostgreSQL database, read in one read-only transaction. It sees a consistent snapshot and does not block writers.
 */
export class PostgresSourceDatabase implements SourceDatabase {
  readonly identity: string;
  readonly folder: undefined = undefined;
  readonly #client: Client;

  private constructor(client: Client) {
    this.identity = `postgresql://${client.host}:${client.port}/${client.database ?? ""}`;
    this.#client = client;
  }

  /** Takes an SQLAlchemy URL such as `postgresql+psycopg2://user:password@host:5432/mlflow`. */
  static async open(uri: string): Promise<PostgresSourceDatabase> {
    const client = new Client({
      connectionString: uri.replace(SCHEME, "postgresql://"),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      types: { getTypeParser },
    });
    client.on("error", () => undefined); // A lost connection also fails the current query, which reports it.
    try {
      await client.connect();
      await client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    } catch (error) {
      await client.end().catch(() => undefined); // It may not have connected.
      throw unreachable(client, error);
    }
    return new PostgresSourceDatabase(client);
  }

  async columns(): Promise<SourceTables> {
    const rows = await this.rows(
      `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
        WHERE table_schema = ANY (current_schemas(false))`,
    );
    return tablesOf(z.array(z.object({ table: z.string(), column: z.string() })).parse(rows));
  }

  async rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly unknown[]> {
    try {
      const { rows } = await this.#client.query<Record<string, unknown>>(numbered(sql), [...values]);
      return rows;
    } catch (error) {
      throw new AppError("IO_ERROR", `cannot read ${this.identity}: ${messageOf(error)}`, { cause: error });
    }
  }

  async *batches(
    sql: string,
    values: readonly SqlValue[],
    rowsPerBatch: number,
  ): AsyncGenerator<readonly unknown[], void, undefined> {
    await this.rows(`DECLARE import_rows NO SCROLL CURSOR FOR ${sql}`, values);
    try {
      for (;;) {
        const rows = await this.rows(`FETCH ${rowsPerBatch} FROM import_rows`);
        if (rows.length > 0) yield rows;
        if (rows.length < rowsPerBatch) return;
      }
    } finally {
      // Fails in a transaction that has already failed; that error is thrown anyway.
      await this.rows("CLOSE import_rows").catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** Returns 64-bit integers as numbers. Larger ones stay text, which readers reject as a number. */
function getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
  if (oid === INT8_OID) return parseInteger;
  return types.getTypeParser(oid, format === "binary" ? "binary" : "text");
}

function parseInteger(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** Replaces `?` by PostgreSQL's `$1`, `$2`, …. Our queries have no `?` in string literals. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll("?", () => `$${++count}`);
}

function unreachable({ host, port, database }: Client, error: unknown): AppError {
  const message = `cannot open the database ${database ?? ""} on ${host}:${port}: ${messageOf(error)}`;
  return new AppError("TEMPORARILY_UNAVAILABLE", message, { cause: error });
}
