import { AppError, messageOf } from "@flightdeck/core";
import { Client, types } from "pg";
import { z } from "zod";
import { type SourceDatabase, type SourceTables, type SqlValue, tablesOf } from "./source-database.ts";

/** How long connecting may take. */
const CONNECT_TIMEOUT_MS = 10_000;
const INT8_OID = 20;
/** SQLAlchemy names the driver beside the dialect. */
const SCHEME = /^postgres(ql)?(\+\w+)?:\/\//;

/**
 * A PostgreSQL database, in one transaction that may only read. It sees one state of the database, and keeps nobody from
 * writing.
 */
export class PostgresSourceDatabase implements SourceDatabase {
  readonly identity: string;
  readonly folder: undefined = undefined;
  readonly #client: Client;

  private constructor(client: Client) {
    this.identity = `postgresql://${client.host}:${client.port}/${client.database ?? ""}`;
    this.#client = client;
  }

  /** `uri` as SQLAlchemy has it, `postgresql+psycopg2://user:password@host:5432/mlflow` say. */
  static async open(uri: string): Promise<PostgresSourceDatabase> {
    const client = new Client({
      connectionString: uri.replace(SCHEME, "postgresql://"),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      types: { getTypeParser },
    });
    client.on("error", () => undefined); // A lost connection fails the query under way, which says so.
    try {
      await client.connect();
      await client.query("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    } catch (error) {
      await client.end().catch(() => undefined); // It never came about.
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
      // Of no use in a transaction that has failed, whose error is on its way.
      await this.rows("CLOSE import_rows").catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** 64-bit integers as numbers; what does not fit stays a text, which no reader takes for a number. */
function getTypeParser(oid: number, format?: "text" | "binary"): (text: string) => unknown {
  if (oid === INT8_OID) return parseInteger;
  return types.getTypeParser(oid, format === "binary" ? "binary" : "text");
}

function parseInteger(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

/** `?` as PostgreSQL counts them. Our queries have none in texts. */
function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll("?", () => `$${++count}`);
}

function unreachable({ host, port, database }: Client, error: unknown): AppError {
  const message = `cannot open the database ${database ?? ""} on ${host}:${port}: ${messageOf(error)}`;
  return new AppError("TEMPORARILY_UNAVAILABLE", message, { cause: error });
}
