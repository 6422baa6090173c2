import { type ModelFiles, parseDbfsPath, parseModelFiles, parseTrackedFiles } from "@flightdeck/artifacts";
import { AppError, isAppError } from "@flightdeck/core";
import type { Store } from "@flightdeck/store";
import { downloadUriOf, type NamedPlace, type ServedArtifacts } from "../storage/served-artifacts.ts";

/** The records that the caller may see, and the repositories of their files. */
type FilesPlaceInput = { readonly store: Store; readonly artifacts: ServedArtifacts };

/**
 * Finds the place of a path of the Files API: a file of a registered model's version, an artifact of a run or a logged
 * model, or else a file of DBFS. Throws `NOT_FOUND` for an absent version, run or model and for paths outside of its
 * artifacts, and `PERMISSION_DENIED` for writing to a version that is finished.
 */
export async function filesPlace(parts: FilesPlaceInput, path: string, use: FileUse): Promise<NamedPlace> {
  const checked = parseDbfsPath(path);
  if (checked === "Models" || checked.startsWith("Models/")) {
    const files = parseModelFiles(checked);
    if (files === undefined) throw noSuchFile(checked);
    return await modelFilesPlace(parts, files, use);
  }
  const { artifacts, store } = parts;
  if (!checked.startsWith("WorkspaceInternal/")) return { store: "dbfs", path: checked };
  const tracked = parseTrackedFiles(checked);
  if (tracked === undefined) throw noSuchFile(checked);
  const { kind, id, path: inside } = tracked;
  const rootUri =
    kind === "run"
      ? (await store.tracking.getRun(id)).info.artifactUri
      : (await store.tracking.getLoggedModel(id)).artifactUri;
  return artifacts.name(rootUri, inside);
}

/** The Files API has an error code of its own for absent files. */
export function noSuchFile(path: string, cause?: unknown): AppError {
  return new AppError("NOT_FOUND", `The file or directory '/${path}' does not exist.`, { cause });
}

/** Calls `work` with the absolute path, and turns errors for absent files into those of the Files API. */
export async function withFile<T>(path: string, work: (path: string) => Promise<T>): Promise<T> {
  try {
    return await work(`/${path}`);
  } catch (error) {
    throw isAppError(error, "RESOURCE_DOES_NOT_EXIST") ? noSuchFile(path, error) : error;
  }
}

/** What a request does with a file. */
export type FileUse = "read" | "write";

/**
 * Finds the place of a version's file. Files can be written only while the version is pending, so never for a version whose
 * files belong to a run.
 */
export async function modelFilesPlace(
  { store, artifacts }: FilesPlaceInput,
  { name, version, path }: ModelFiles,
  use: FileUse,
): Promise<NamedPlace> {
  const { status } = await store.registry.getModelVersion({ name, version });
  if (use === "write" && status !== "PENDING_REGISTRATION") throw notPending({ name, version, status });
  return artifacts.name(await downloadUriOf(store, { name, version }), path);
}

type Refused = { readonly name: string; readonly version: string; readonly status: string };

function notPending({ name, version, status }: Refused): AppError {
  const message = `The files of version ${version} of model '${name}' cannot be changed: it is ${status}, no longer PENDING_REGISTRATION`;
  return new AppError("PERMISSION_DENIED", message);
}
