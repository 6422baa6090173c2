import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ARCHIVE_FOLDER } from "./job-script.ts";
import type { JobWorkspace } from "./job-workspace.ts";
import { packProject } from "./pack-project.ts";
import { codeFolder, uploadOnce } from "./upload-once.ts";

export type UploadProjectOptions = {
  readonly workspace: JobWorkspace;
  readonly folder: string;
  readonly experimentId: string;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Brings a project to where MLflow keeps them in DBFS, named by its content. Gives the path by which a cluster reads it,
 * `/dbfs/…`.
 */
export async function uploadProject(options: UploadProjectOptions): Promise<string> {
  const { workspace, folder, experimentId, signal } = options;
  const temporary = await mkdtemp(join(tmpdir(), "flightdeck-archive-"));
  try {
    const file = join(temporary, "project.tar.gz");
    const { sha256 } = await packProject({ folder, path: file, name: ARCHIVE_FOLDER, signal });
    const dbfsPath = `${codeFolder(experimentId)}/${sha256}.tar.gz`;
    await uploadOnce(workspace, { file, dbfsPath, signal });
    return `/dbfs${dbfsPath}`;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
