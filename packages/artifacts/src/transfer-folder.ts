import { AppError, codeOf } from "@flightdeck/core";
import { createReadStream, type Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactRepository } from "./artifact-repository.ts";
import { noSuchArtifact } from "./file-error.ts";
import { joinArtifactPath } from "./artifact-path.ts";
import { LocalArtifactRepository } from "./local/local-artifact-repository.ts";
import { forEachBounded } from "./for-each-bounded.ts";

/** What to upload, and where. */
export type UploadFolderInput = {
  readonly repository: ArtifactRepository;
  /** A local folder. */
  readonly folder: string;
  /** The target folder in the repository; default the root. */
  readonly path?: string | undefined;
};

/**
 * Uploads all files below a folder. Follows symlinks to files, but not to folders. The first failure stops the upload; files
 * uploaded before it are kept.
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
  const files = await filesOfFolder(folder);
  return transferAll(files, options, async (file) => {
    const target = joinArtifactPath(path, file);
    return repository.write(target, createReadStream(join(folder, file)), options.signal);
  });
}

/** Paths relative to the folder, `/`-separated and sorted. */
async function filesOfFolder(folder: string): Promise<string[]> {
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
    throw new AppError("INVALID_PARAMETER_VALUE", `folder '${folder}' does not exist`, { cause });
  });
}

async function isFile(entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return stat(join(entry.parentPath, entry.name)).then(
    (stats) => stats.isFile(),
    () => false, // A dangling symlink.
  );
}

/** What to download, and where. */
export type DownloadFolderInput = {
  readonly repository: ArtifactRepository;
  /** A folder or file in the repository; default the root. */
  readonly path?: string | undefined;
  /** The local folder to download into, which is created if missing. */
  readonly destination: string;
};

/**
 * Downloads all files below a path, so that `path/x` becomes `destination/x`; a single file keeps its name. Each file is
 * written atomically. Throws `RESOURCE_DOES_NOT_EXIST` if there are no files.
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
  const files = await filesOfRepository(repository, path);
  if (files.length === 0) throw noSuchArtifact(path);
  return transferAll(files, options, async (file) => {
    const { stream } = await repository.read(file, undefined, options.signal);
    return target.write(relativeTo(path, file), stream, options.signal);
  });
}

async function filesOfRepository(repository: ArtifactRepository, path: string): Promise<string[]> {
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

/** The progress of a folder's transfer, reported after each file. */
export type TransferProgress = {
  /** The file that was just finished, relative to the folder. */
  readonly path: string;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
};

/** How to transfer a folder. */
export type TransferOptions = {
  /** Files transferred at a time. Default 8: enough to hide the latency of a server, few enough to share it. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
};

/** The totals of a transfer. */
export type TransferSummary = { readonly files: number; readonly bytes: number };

const TRANSFER_CONCURRENCY = 8;
/** A model or run has thousands of files at most; more means that something is wrong. */
const FOLDER_FILES_MAX = 100_000;

/** Calls `transfer`, which returns the file's size, for each file and reports progress. */
async function transferAll(
  paths: readonly string[],
  { concurrency = TRANSFER_CONCURRENCY, signal, onProgress }: TransferOptions,
  transfer: (path: string) => Promise<number>,
): Promise<TransferSummary> {
  let files = 0;
  let bytes = 0;
  await forEachBounded(paths, { concurrency, signal }, async (path) => {
    const size = await transfer(path); // `bytes += await …` would read the old sum before the wait.
    bytes += size;
    files += 1;
    onProgress?.({ path, filesDone: files, filesTotal: paths.length, bytesDone: bytes });
  });
  return { files, bytes };
}

function checkFileCount(count: number): void {
  if (count <= FOLDER_FILES_MAX) return;
  const message = `the folder has more than ${FOLDER_FILES_MAX} files, the most that can be transferred at once`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
