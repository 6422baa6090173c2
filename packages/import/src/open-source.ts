import { AppError, messageOf, assert } from "@flightdeck/core";
import { realpath, stat } from "node:fs/promises";
import { parseArtifactUri } from "@flightdeck/artifacts";
import { FolderSource } from "./folder/folder-source.ts";
import { ServerSource } from "./server/server-source.ts";
import { SqlSource } from "./sql/sql-source.ts";
import { SqliteSourceDatabase } from "./sql/sqlite-source-database.ts";
import type { ImportSource } from "./source/import-source.ts";

/** Access to a source's artifacts, and credentials. */
export type OpenSourceOptions = {
  /**
   * Another local folder that artifacts may be read from. Unless the source is a server, `mlflow-artifacts:` URIs refer to
   * it.
   */
  readonly artifacts?: string | undefined;
  /** A server's credentials. */
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Cancels requests to a server. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Opens an MLflow workspace for reading: `sqlite:///…` or the path of a database file, `postgresql://…`, `file:///…` or the
 * path of a folder, or a server's http(s) URL. Throws `AppError` if it does not exist or is not MLflow's.
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

/** Loads the driver only when needed, because few sources are PostgreSQL. */
async function openPostgres(uri: string, options: OpenSourceOptions): Promise<ImportSource> {
  const { PostgresSourceDatabase } = await import("./sql/postgres-source-database.ts");
  return SqlSource.open(await PostgresSourceDatabase.open(uri), options);
}

async function realFolder(folder: string | undefined): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  return realpath(folder).catch((error: unknown) => {
    const message = `cannot open the source's artifacts folder ${folder}: ${messageOf(error)}`;
    throw new AppError("RESOURCE_DOES_NOT_EXIST", message, { cause: error });
  });
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (stats !== undefined) return stats.isFile();
  throw new AppError("RESOURCE_DOES_NOT_EXIST", `there is no file or folder ${path}`);
}

type SourceUri =
  | { readonly kind: "server"; readonly uri: string }
  | { readonly kind: "postgres"; readonly uri: string }
  | { readonly kind: "sqlite"; readonly file: string }
  /** A folder, or a database file. */
  | { readonly kind: "path"; readonly path: string };

const ALLOWED =
  "sqlite:///PATH, postgresql://…, http(s)://…, or the path of a folder such as mlruns or of a database file";

/** Parses a workspace's URI, in the forms of MLflow's tracking URIs. */
export function parseSourceUri(uri: string): SourceUri {
  const [, scheme] = /^([a-z][a-z0-9.-]+)(?:\+\w+)?:/i.exec(uri) ?? [];
  switch (scheme?.toLowerCase()) {
    case "http":
    case "https":
      return { kind: "server", uri };
    case "postgresql":
    case "postgres":
      return { kind: "postgres", uri };
    case "sqlite":
      return { kind: "sqlite", file: sqliteFile(uri) };
    case "file":
      return { kind: "path", path: filePath(uri) };
    case undefined:
      if (uri.trim() !== "") return { kind: "path", path: uri };
      break;
    default:
      break;
  }
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `the source must be ${ALLOWED}; got ${JSON.stringify(shown(uri))}`,
  );
}

function filePath(uri: string): string {
  const parsed = parseArtifactUri(uri);
  assert(parsed.kind === "file", "a file URI names a file");
  return parsed.file;
}

/** SQLAlchemy's form: three slashes before a relative path, four before an absolute one. */
function sqliteFile(uri: string): string {
  const [, file = ""] = /^sqlite(?:\+\w+)?:\/\/\/([^?]+)/i.exec(uri) ?? [];
  if (file !== "") return file;
  const message = `a SQLite database is sqlite:///relative.db or sqlite:////absolute.db, got ${JSON.stringify(uri)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The URI without credentials. */
function shown(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, "//…@");
}
