import type { ArtifactRepository } from "../artifact-repository.ts";
import { noSuchArtifact } from "../file-error.ts";
import { LocalArtifactRepository } from "../local/local-artifact-repository.ts";
import { checkFileCount, transferAll } from "./transfer-all.ts";
import type { TransferOptions, TransferSummary } from "./transfer-progress.ts";

export type DownloadFolderInput = {
  readonly repository: ArtifactRepository;
  /** What to download: a folder of the repository, or one file; default is the root. */
  readonly path?: string;
  /** The folder of this machine that the content goes into; made when it is missing. */
  readonly destination: string;
};

/**
 * Downloads all files below a path, so that `path/x` becomes `destination/x`; a single file keeps its name. Each file
 * appears whole or not at all. Nothing below `path` throws `RESOURCE_DOES_NOT_EXIST`.
 *
 * @example
 * ```ts
 * const { files } = await downloadFolder({ repository, path: "model", destination: "model" });
 * ```
 */
export async function downloadFolder(
  { repository, path = "", destination }: DownloadFolderInput,
  options: TransferOptions = {},
): Promise<TransferSummary> {
  const target = new LocalArtifactRepository(destination);
  const files = await filesBelow(repository, path);
  if (files.length === 0) throw noSuchArtifact(path);
  return transferAll(files, options, async (file) => {
    const { stream } = await repository.read(file, undefined, options.signal);
    return target.write(relativeTo(path, file), stream, options.signal);
  });
}

async function filesBelow(repository: ArtifactRepository, path: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [path];
  for (const folder of folders) {
    for (const info of await repository.list(folder)) {
      (info.isDir ? folders : files).push(info.path);
    }
    checkFileCount(files.length + folders.length);
  }
  return files;
}

function relativeTo(path: string, file: string): string {
  if (path === "") return file;
  return file === path ? file.slice(file.lastIndexOf("/") + 1) : file.slice(path.length + 1);
}
