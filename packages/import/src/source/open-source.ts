import { AppError, messageOf } from "@flightdeck/core";
import { realpath, stat } from "node:fs/promises";
import { FolderSource } from "../folder/folder-source.ts";
import { ServerSource } from "../server/server-source.ts";
import { SqlSource } from "../sql/sql-source.ts";
import { SqliteSourceDatabase } from "../sql/sqlite-source-database.ts";
import type { ImportSource } from "./import-source.ts";
import { parseSourceUri, type SourceUri } from "./parse-source-uri.ts";

export type OpenSourceOptions = {
  /**
   * A folder of this machine that artifacts may be read from besides the source's own, and that `mlflow-artifacts:` URIs
   * stand for when the source is no server.
   */
  readonly artifacts?: string | undefined;
  /** Credentials of a server. */
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Stops requests to a server. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Opens what a URI names, to read from it: `sqlite:///…` or the path of a database file, `postgresql://…`, `file:///…` or
 * the path of a folder, or a server's http(s) address. Throws `AppError` for what is not there or not MLflow's.
 *
 * @example
 * ```ts
 * const source = await openSource("mlruns");
 * for await (const { name } of source.experiments()) console.log(name);
 * await source.close();
 * ```
 */
export async function openSource(uri: string, options: OpenSourceOptions = {}): Promise<ImportSource> {
  return openParsed(parseSourceUri(uri), { ...options, artifacts: await realFolder(options.artifacts) });
}

async function openParsed(parsed: SourceUri, options: OpenSourceOptions): Promise<ImportSource> {
  switch (parsed.kind) {
    case "server":
      return ServerSource.open({ ...options, trackingUri: parsed.uri });
    case "postgres":
      return openPostgres(parsed.uri, options);
    case "sqlite":
      return SqlSource.open(new SqliteSourceDatabase(parsed.file), options);
    case "path":
      return (await isFile(parsed.path))
        ? SqlSource.open(new SqliteSourceDatabase(parsed.path), options)
        : FolderSource.open(parsed.path, options);
  }
}

/** Loaded when it is needed: few have one. */
async function openPostgres(uri: string, options: OpenSourceOptions): Promise<ImportSource> {
  const { PostgresSourceDatabase } = await import("../sql/postgres-source-database.ts");
  return SqlSource.open(await PostgresSourceDatabase.open(uri), options);
}

async function realFolder(folder: string | undefined): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  return realpath(folder).catch((error: unknown) => {
    const message = `cannot open the folder of the source's artifacts ${folder}: ${messageOf(error)}`;
    throw new AppError("RESOURCE_DOES_NOT_EXIST", message, { cause: error });
  });
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (stats !== undefined) return stats.isFile();
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `there is no file or folder ${path}`);
}
