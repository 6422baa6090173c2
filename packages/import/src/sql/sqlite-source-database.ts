import { AppError, messageOf } from "@flightdeck/core";
import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { malformed } from "../source/records.ts";
import { type SourceDatabase, type SourceTables, type SqlValue, tablesOf } from "./source-database.ts";

/** How long a read waits for another program's write. */
const BUSY_TIMEOUT_MS = 5000;
/** https://sqlite.org/fileformat2.html#the_database_header */
const HEADER_BYTES = 20;
const MAGIC = "SQLite format 3\0";
const READ_VERSION_AT = 19;
const READ_VERSION_WAL = 2;

/**
 * A SQLite file, opened so that neither it nor any file next to it changes. Holds no transaction, so that its own program can
 * keep writing.
 */
export class SqliteSourceDatabase implements SourceDatabase {
  readonly identity: string;
  readonly folder: string;
  readonly #connection: DatabaseSync;

  /** Throws `INVALID_PARAMETER_VALUE` for a file that is not a SQLite database, `IO_ERROR` for one that cannot be opened. */
  constructor(file: string) {
    const mode = openMode(file);
    this.identity = realpathSync(file);
    this.folder = dirname(this.identity);
    try {
      this.#connection = new DatabaseSync(`${pathToFileURL(this.identity).href}?${mode}`, {
        readOnly: true,
        timeout: BUSY_TIMEOUT_MS,
      });
    } catch (error) {
      throw unreadable(file, error);
    }
  }

  async columns(): Promise<SourceTables> {
    const rows = await this.rows(
      `SELECT m.name AS "table", c.name AS "column" FROM sqlite_master m, pragma_table_info(m.name) c
        WHERE m.type = 'table'`,
    );
    return tablesOf(z.array(z.object({ table: z.string(), column: z.string() })).parse(rows));
  }

  async rows(sql: string, values: readonly SqlValue[] = []): Promise<readonly unknown[]> {
    try {
      return this.#connection.prepare(sql).all(...values);
    } catch (error) {
      throw queryError(this.identity, error);
    }
  }

  async *batches(
    sql: string,
    values: readonly SqlValue[],
    rowsPerBatch: number,
  ): AsyncGenerator<readonly unknown[], void, undefined> {
    const rows = this.#connection.prepare(sql).iterate(...values);
    try {
      let batch: unknown[] = [];
      for (const row of rows) {
        batch.push(row);
        if (batch.length < rowsPerBatch) continue;
        yield batch;
        batch = [];
      }
      if (batch.length > 0) yield batch;
    } catch (error) {
      throw queryError(this.identity, error);
    }
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}

/**
 * `mode=ro` for a file that another program may be writing. For a file in WAL mode this would create a `-shm` file. If there
 * is no WAL, the file itself is complete, and `immutable=1` reads it without creating anything.
 */
function openMode(file: string): string {
  const header = readHeader(file);
  if (header.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    throw new AppError("INVALID_PARAMETER_VALUE", `${file} is not a SQLite database`);
  }
  const hasLog = (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  return header[READ_VERSION_AT] === READ_VERSION_WAL && !hasLog ? "immutable=1" : "mode=ro";
}

function readHeader(file: string): Buffer {
  try {
    if (!statSync(file).isFile()) {
      throw new AppError("INVALID_PARAMETER_VALUE", `${file} is not a file`);
    }
    const fd = openSync(file, "r");
    try {
      const header = Buffer.alloc(HEADER_BYTES);
      readSync(fd, header, 0, HEADER_BYTES, 0);
      return header;
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw error instanceof AppError ? error : unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): AppError {
  const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT";
  if (isAbsent) return new AppError("RESOURCE_DOES_NOT_EXIST", `there is no file ${file}`, { cause: error });
  return new AppError("IO_ERROR", `cannot open ${file}: ${messageOf(error)}`, { cause: error });
}

function queryError(file: string, error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !("code" in error)) return error;
  if (error.code === "ERR_OUT_OF_RANGE") {
    return malformed(file, "a number in it is beyond 2^53, which JavaScript cannot represent", error);
  }
  return new AppError("IO_ERROR", `cannot read ${file}: ${messageOf(error)}`, { cause: error });
}
