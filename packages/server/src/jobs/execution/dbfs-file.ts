import { parseDbfsPath, resolveArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { noSuchDbfsFile } from "../../storage/served-artifacts.ts";

/** A file in DBFS. */
export type DbfsFile = {
  /** Relative to the root of DBFS. */
  readonly path: string;
  /** Its path on this machine. */
  readonly real: string;
};

export function dbfsFolder(dataDir: string): string {
  return join(dataDir, "dbfs");
}

/**
 * Finds a file that a task names as `dbfs:/x`, `/dbfs/x` or `/Volumes/x`. Throws `RESOURCE_DOES_NOT_EXIST` if it is
 * missing, and `INVALID_PARAMETER_VALUE` for any other path, because tasks may not name files of this machine.
 */
export async function getDbfsFile(dataDir: string, name: string): Promise<DbfsFile> {
  const path = parseTaskFile(name);
  const real = await resolveArtifactPath(dbfsFolder(dataDir), path);
  const stats = await stat(real).catch(() => undefined);
  if (stats?.isFile() !== true) throw noSuchDbfsFile(path);
  return { path, real };
}

/** Converts such a name to a path relative to the root of DBFS. The file need not exist. */
export function parseTaskFile(name: string): string {
  return parseDbfsPath(absoluteInDbfs(name));
}

function absoluteInDbfs(name: string): string {
  if (name.startsWith("dbfs:/") || name.startsWith("/Volumes/")) return name;
  if (name.startsWith("/dbfs/")) return name.slice("/dbfs".length);
  const message = `a task's file must be in DBFS, as dbfs:/folder/file, got ${JSON.stringify(name)}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
