import { AppError } from "@flightdeck/core";
import { createReadStream, type Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactRepository } from "../artifact-repository.ts";
import { codeOf } from "../file-error.ts";
import { joinArtifactPath } from "../paths/check-artifact-path.ts";
import { checkFileCount, transferAll } from "./transfer-all.ts";
import type { TransferOptions, TransferSummary } from "./transfer-progress.ts";

export type UploadFolderInput = {
  readonly repository: ArtifactRepository;
  /** A folder of this machine. */
  readonly folder: string;
  /** Where in the repository its content goes; default is the root. */
  readonly path?: string;
};

/**
 * Uploads all files below a folder. Links to files are followed, links to folders are not. The first failure stops it;
 * files that were done by then stay.
 *
 * @example
 * ```ts
 * await uploadFolder({ repository, folder: "model", path: "model" }, { onProgress: ({ path }) => show(path) });
 * ```
 */
export async function uploadFolder(
  { repository, folder, path = "" }: UploadFolderInput,
  options: TransferOptions = {},
): Promise<TransferSummary> {
  const files = await filesBelow(folder);
  return transferAll(files, options, async (file) => {
    const target = joinArtifactPath(path, file);
    return repository.write(target, createReadStream(join(folder, file)), options.signal);
  });
}

/** Paths relative to the folder, `/`-separated and sorted. */
async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [""];
  for (const path of folders) {
    for (const entry of await entriesOf(join(folder, path))) {
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) folders.push(below);
      else if (await isFile(entry)) files.push(below);
    }
    checkFileCount(files.length + folders.length);
  }
  return files.toSorted();
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (codeOf(cause) !== "ENOENT" && codeOf(cause) !== "ENOTDIR") throw cause;
    throw new AppError("INVALID_PARAMETER_VALUE", `there is no folder '${folder}'`, { cause });
  });
}

async function isFile(entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return stat(join(entry.parentPath, entry.name)).then(
    (stats) => stats.isFile(),
    () => false, // A dangling link.
  );
}
