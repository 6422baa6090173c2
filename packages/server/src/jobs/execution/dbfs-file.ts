import { parseDbfsPath, resolveArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { noSuchDbfsFile } from "../../dbfs/dbfs-errors.ts";

/** A file of DBFS. */
export type DbfsFile = {
  /** Relative to the root of DBFS. */
  readonly path: string;
  /** Where it is on this machine. */
  readonly real: string;
};

export function dbfsFolder(dataDir: string): string {
  return join(dataDir, "dbfs");
}

/**
 * Finds a file that a task names: `dbfs:/x`, `/dbfs/x` or `/Volumes/x`. Throws `INVALID_PARAMETER_VALUE` for any other
 * place, since a task names no files of this machine, and `RESOURCE_DOES_NOT_EXIST`.
 */
export async function getDbfsFile(dataDir: string, name: string): Promise<DbfsFile> {
  const path = parseTaskFile(name);
  const real = await resolveArtifactPath(dbfsFolder(dataDir), path);
  const stats = await stat(real).catch(() => undefined);
  if (stats?.isFile() !== true) throw noSuchDbfsFile(path);
  return { path, real };
}

/** The path of such a file relative to the root of DBFS, there or not. */
export function parseTaskFile(name: string): string {
  return parseDbfsPath(absoluteInDbfs(name));
}

function absoluteInDbfs(name: string): string {
  if (name.startsWith("dbfs:/") || name.startsWith("/Volumes/")) return name;
  if (name.startsWith("/dbfs/")) return name.slice("/dbfs".length);
  const message = `a task's file must be in DBFS, as dbfs:/folder/file, got ${JSON.stringify(name)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
