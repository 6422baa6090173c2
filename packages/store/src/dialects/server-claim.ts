import { AppError, messageOf } from "@flightdeck/core";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isPostgresUri, sqlitePath } from "./backend-store-uri.ts";
import { makeFolders, makeForOwner } from "./owner-only.ts";

/** A server's lock on its database file. Ends with `release` or with the process, even in a crash. */
export type ServerClaim = { readonly release: () => void };

/**
 * Claims a SQLite file for one server, because jobs, events and uploads in progress belong to one process. Commands may
 * still use the file at the same time. Any number of servers may share a PostgreSQL database. Throws
 * `RESOURCE_CONFLICT` with the other server's process id while another server holds the file.
 *
 * The claim is a SQLite lock on a file next to the database. The system releases it when the process ends, so a crash
 * leaves nothing behind, unlike a pid file.
 */
export function claimDatabase(backendStoreUri: string): ServerClaim {
  if (isPostgresUri(backendStoreUri)) return { release: () => {} };
  const path = sqlitePath(backendStoreUri);
  const [lockFile, pidFile] = [`${path}.lock`, `${path}.pid`];
  const connection = lock(lockFile, (cause) =>
    isBusy(cause) ? inUse(path, pidFile, cause) : cannotOpen(path, cause),
  );
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    release: () => {
      if (!connection.isOpen) return;
      rmSync(pidFile, { force: true });
      connection.close();
    },
  };
}

function lock(file: string, toError: (cause: unknown) => AppError): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    makeFolders(dirname(file));
    makeForOwner(file);
    connection = new DatabaseSync(file, { timeout: 0 });
    connection.exec("BEGIN EXCLUSIVE");
    return connection;
  } catch (error) {
    connection?.close();
    throw toError(error);
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && Reflect.get(error, "errcode") === SQLITE_BUSY;
}

function inUse(path: string, pidFile: string, cause: unknown): AppError {
  const message = `another server${processOf(pidFile)} is using the database ${path}; stop it first, or give this one its own --data-dir`;
  return new AppError("RESOURCE_CONFLICT", message, { cause });
}

function cannotOpen(path: string, cause: unknown): AppError {
  return new AppError("IO_ERROR", `cannot open the database ${path}: ${messageOf(cause)}`, { cause });
}

/** Only for the message. The lock alone decides whether another server is running. */
function processOf(pidFile: string): string {
  try {
    const pid = /^\d{1,10}$/m.exec(readFileSync(pidFile, "utf8"))?.[0];
    return pid === undefined ? "" : ` (process ${pid})`;
  } catch {
    return "";
  }
}
