import { isAppError } from "@flightdeck/core";
import type { JobWorkspace } from "./job-workspace.ts";

export type Upload = {
  /** Of this machine. */
  readonly file: string;
  /** Absolute, in DBFS. */
  readonly dbfsPath: string;
  readonly signal?: AbortSignal | undefined;
};

/** Uploads a file whose name tells its content, unless it is there; also when someone else uploads it at this moment. */
export async function uploadOnce(workspace: JobWorkspace, { file, dbfsPath, signal }: Upload): Promise<void> {
  if (await workspace.exists(dbfsPath, { signal })) return;
  await workspace.upload(file, dbfsPath, { signal }).catch((error: unknown) => {
    if (!isAppError(error, "ALREADY_EXISTS")) throw error;
  });
}

/** Where MLflow keeps the code of an experiment's jobs. */
export function codeFolder(experimentId: string): string {
  return `/mlflow-experiments/${experimentId}/projects-code`;
}
