import { AppError, messageOf } from "@flightdeck/core";
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isPostgresUri, sqlitePath } from "./backend-store-uri.ts";
import { makeForOwner } from "./owner-only.ts";

/**
 * Copies a consistent snapshot of a SQLite database to a new file while others keep writing. Throws `NOT_IMPLEMENTED`
 * for PostgreSQL, which has its own tools for that, and `IO_ERROR` if the database cannot be read or the copy cannot be
 * written.
 */
export async function snapshotDatabase(backendStoreUri: string, file: string): Promise<void> {
  if (isPostgresUri(backendStoreUri)) {
    const message =
      "only SQLite databases can be backed up; back up a PostgreSQL database with pg_dump, and copy the files of the data folder";
    throw new AppError("NOT_IMPLEMENTED", message);
  }
  const path = sqlitePath(backendStoreUri);
  if (!existsSync(path)) throw new AppError("RESOURCE_DOES_NOT_EXIST", `there is no database ${path}`);
  inDatabase(path, (connection) => {
    makeForOwner(file); // VACUUM INTO accepts an empty file.
    connection.prepare("VACUUM INTO ?").run(file);
  });
}

/** Reads a whole SQLite file. Throws `IO_ERROR` if it is damaged or not a database. */
export async function checkDatabase(path: string): Promise<void> {
  inDatabase(path, (connection) => {
    const [first] = connection.prepare("PRAGMA integrity_check(1)").all();
    const says = first?.["integrity_check"];
    if (says !== "ok") throw new TypeError(String(says));
  });
}

function inDatabase(path: string, work: (connection: DatabaseSync) => void): void {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(path, { readOnly: true });
    work(connection);
  } catch (error) {
    throw new AppError("IO_ERROR", `the database ${path} cannot be read or copied: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    connection?.close();
  }
}
