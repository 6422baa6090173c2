import type { ArtifactRepository } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import type { OriginFiles } from "./artifact-origins.ts";
import { FILES_MAX } from "./list-local-files.ts";

/** All files below a folder of a repository, by their paths in the repository. */
export async function listRepositoryFiles(repository: ArtifactRepository, root = ""): Promise<OriginFiles> {
  const files: { path: string; sizeBytes: number }[] = [];
  const folders = [root];
  for (const folder of folders) {
    for (const info of await repository.list(folder)) {
      if (info.isDir) folders.push(info.path);
      else files.push({ path: info.path, sizeBytes: info.fileSizeBytes ?? 0 });
    }
    if (files.length + folders.length > FILES_MAX) {
      const message = `${repository.rootUri} has more than ${FILES_MAX} files and folders`;
      throw new AppError("RESOURCE_EXHAUSTED", message);
    }
  }
  return { files, refused: [] };
}
