import { parseDbfsPath, parseModelFiles, parseTrackedFiles } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { Services } from "../api/services.ts";
import type { NamedPlace } from "../artifacts/served-artifacts.ts";
import { type FileUse, modelFilesPlace } from "../unity-catalog/model-files-place.ts";

/**
 * Where a path of the Files API is: a file of a registered model's version, an artifact of a run or a logged model, or
 * else a file of DBFS. Throws `NOT_FOUND` for a version, run or model that is not there, and for what is beside its
 * artifacts; `PERMISSION_DENIED` for writing where nothing is written any more.
 */
export async function filesPlace(
  services: Pick<Services, "artifacts" | "store">,
  path: string,
  use: FileUse,
): Promise<NamedPlace> {
  const checked = parseDbfsPath(path);
  if (checked === "Models" || checked.startsWith("Models/")) {
    const files = parseModelFiles(checked);
    if (files === undefined) throw noSuchFile(checked);
    return modelFilesPlace(services, files, use);
  }
  const { artifacts, store } = services;
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

/** The Files API's own code for what is absent. */
export function noSuchFile(path: string, cause?: unknown): AppError {
  return new AppError("NOT_FOUND", `The file or directory '/${path}' does not exist.`, { cause });
}
