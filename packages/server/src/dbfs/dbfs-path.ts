import { checkArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";

/**
 * Reads a DBFS path, `/x` or `dbfs:/x`, and gives it relative to the root, "" for the root itself. Slashes in a row mean
 * one: command lines join paths so. Throws `INVALID_PARAMETER_VALUE` for a relative one and for a way out.
 */
export function parseDbfsPath(text: string): string {
  const path = text.replace(/^dbfs:/, "");
  if (path.startsWith("/")) return checkArtifactPath(path.replace(/\/{2,}/g, "/").slice(1));
  throw new AppError("INVALID_PARAMETER_VALUE", `Path must be absolute: ${JSON.stringify(text)}`);
}

export function noSuchDbfsFile(path: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `No file or directory exists on path dbfs:/${path}.`);
}

export function dbfsFileExists(path: string): AppError {
  const message = `A file or directory already exists at the input path dbfs:/${path}.`;
  return new AppError("RESOURCE_ALREADY_EXISTS", message);
}
