import { AppError, codeOf } from "@flightdeck/core";
import type { FileInfo } from "@flightdeck/protocol";

/** Converts a file system error to one with the artifact's path, so that the path on disk is not revealed. */
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

/** The error for a disk that takes no more; anything else as it is. */
export function diskError(error: unknown, path: string): unknown {
  const refusal = DISK_REFUSALS[codeOf(error) ?? ""];
  if (refusal === undefined) return error;
  return new AppError("IO_ERROR", `cannot write artifact '${path}': ${refusal}`, { cause: error });
}

/** What a disk refuses to write for: the operator's business, not the caller's. */
const DISK_REFUSALS: Readonly<Record<string, string>> = {
  ENOSPC: "the server's disk is full",
  EDQUOT: "the server's disk quota is used up",
  EFBIG: "it is larger than the server may write",
  EROFS: "the server's disk is read-only",
  EACCES: "the server has no permission to write there",
  EPERM: "the server has no permission to write there",
  EIO: "the server's disk reports an error",
};

/** The error for a missing artifact, in MLflow's wording. */
export function noSuchArtifact(path: string, cause?: unknown): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `No such artifact: '${path}'`, { cause });
}

/** The error for a folder where a file is expected, in MLflow's wording. */
export function isFolder(path: string): AppError {
  const message = `Artifact path refers to a directory, not a file: '${path}'`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

/** The error for reading an artifact that, according to `find`, is missing or a folder. */
export function unreadableArtifact(path: string, info: FileInfo | undefined): AppError {
  return info?.isDir === true ? isFolder(path) : noSuchArtifact(path);
}

/** The error for a file where a folder is needed, or vice versa. */
export function notWritable(path: string, cause?: unknown): AppError {
  const message = `cannot write artifact '${path}': it is an existing folder, or its parent folder is an existing file`;
  return new AppError("INVALID_PARAMETER_VALUE", message, { cause });
}
