import { AppError } from "@flightdeck/core";
import type { FileInfo } from "@flightdeck/protocol";

/** The code of a system error, `ENOENT` say; undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}

/** The error for a file system's refusal, told by the artifact's path: the place on disk is nobody's business. */
export function fileError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return noSuchArtifact(path, error);
  if (code === "EISDIR" || code === "EEXIST" || code === "ENOTEMPTY") return notWritable(path, error);
  if (code === "ENAMETOOLONG") {
    return new AppError("INVALID_PARAMETER_VALUE", `the artifact path '${path}' is too long`, {
      cause: error,
    });
  }
  return error;
}

/** The error for an artifact that is not there, in MLflow's wording. */
export function noSuchArtifact(path: string, cause?: unknown): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `No such artifact: '${path}'`, { cause });
}

/** The error for a folder where a file is wanted, in MLflow's wording. */
export function isFolder(path: string): AppError {
  const message = `Artifact path refers to a directory, not a file: '${path}'`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The error for an artifact of which `find` told this: it is absent, or a folder. */
export function unreadableArtifact(path: string, info: FileInfo | undefined): AppError {
  return info?.isDir === true ? isFolder(path) : noSuchArtifact(path);
}

/** The error for a file where a folder is needed, or the other way round. */
export function notWritable(path: string, cause?: unknown): AppError {
  const message = `cannot write artifact '${path}': a folder has this name, or a file has the name of its folder`;
  return new AppError("INVALID_PARAMETER_VALUE", message, { cause });
}
