import type { ModelFiles } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { Services } from "../api/services.ts";
import type { NamedPlace } from "../artifacts/served-artifacts.ts";
import { downloadUriOf } from "../registry/download-uri.ts";

/** What is to be done with a file. */
export type FileUse = "read" | "write";

/**
 * Where a file of a version is. Files are written while the version waits for them, and never after; so are none of a
 * version whose files belong to a run.
 */
export async function modelFilesPlace(
  { store, artifacts }: Pick<Services, "store" | "artifacts">,
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
