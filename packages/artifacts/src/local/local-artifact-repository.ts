import { AppError, codeOf } from "@flightdeck/core";
import type { FileInfo } from "@flightdeck/protocol";
import { open, rm, stat, readdir, lstat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import type { Stats } from "node:fs";
import {
  type ArtifactRepository,
  type ByteRange,
  type OpenedArtifact,
  checkRange,
} from "../artifact-repository.ts";
import { checkArtifactPath, checkNonEmptyArtifactPath, resolveArtifactPath } from "../artifact-path.ts";
import { diskError, fileError, isFolder, noSuchArtifact, notWritable } from "../file-error.ts";
import { syncFolder, writeFileAtomically, isUnfinished } from "./write-file-atomically.ts";
import { forEachBounded } from "../for-each-bounded.ts";

/**
 * Artifacts in a local folder, which is created at the first write. Only the owner can read the files.
 *
 * @example
 * ```ts
 * const repository = new LocalArtifactRepository("artifacts");
 * await repository.write("notes/a.txt", new TextEncoder().encode("hi"));
 * await repository.list("notes"); // [{ path: "notes/a.txt", isDir: false, fileSizeBytes: 2 }]
 * ```
 */
export class LocalArtifactRepository implements ArtifactRepository {
  readonly rootUri: string;
  readonly #root: string;

  /** `root` is a local path, absolute or relative to the working directory. */
  constructor(root: string) {
    this.#root = resolve(root);
    this.rootUri = pathToFileURL(this.#root).href;
  }

  async list(path: string): Promise<readonly FileInfo[]> {
    const checked = checkArtifactPath(path);
    const place = await resolveArtifactPath(this.#root, checked);
    const info = await findAt(checked, place);
    if (info === undefined) return [];
    return info.isDir ? listFolder(this.#root, checked, place) : [info];
  }

  async find(path: string): Promise<FileInfo | undefined> {
    const checked = checkNonEmptyArtifactPath(path);
    return findAt(checked, await resolveArtifactPath(this.#root, checked));
  }

  async read(path: string, range?: ByteRange): Promise<OpenedArtifact> {
    const checked = checkNonEmptyArtifactPath(path);
    const place = await resolveArtifactPath(this.#root, checked);
    const info = await findAt(checked, place); // Checked before opening, because opening a pipe would block.
    if (info === undefined) throw noSuchArtifact(checked);
    if (info.isDir) throw isFolder(checked);
    return openFile(checked, place, range);
  }

  async write(path: string, content: Readable | Uint8Array, signal?: AbortSignal): Promise<number> {
    const checked = checkNonEmptyArtifactPath(path);
    const place = await resolveArtifactPath(this.#root, checked);
    if ((await findAt(checked, place))?.isDir === true) throw notWritable(checked);
    const stream = content instanceof Uint8Array ? Readable.from([content]) : content;
    try {
      return await writeFileAtomically(place, stream, signal);
    } catch (error) {
      throw fileErrorOfWrite(error, checked);
    }
  }

  /** The size of `path` with everything below it; "" is the root. Zero when it does not exist. */
  async measure(path: string): Promise<FolderSize> {
    return measureFolder(await resolveArtifactPath(this.#root, path));
  }

  async delete(path: string): Promise<void> {
    const checked = checkNonEmptyArtifactPath(path);
    if ((await this.find(checked)) === undefined) throw noSuchArtifact(checked);
    // Not the real path: deleting a symlink must delete the link itself.
    const place = join(this.#root, checked);
    await rm(place, { recursive: true, force: true });
    await syncFolder(dirname(place));
  }
}

async function findAt(path: string, place: string): Promise<FileInfo | undefined> {
  try {
    return fileInfoOf(path, await stat(place));
  } catch (error) {
    const converted = fileError(error, path);
    if (converted instanceof AppError && converted.code === "RESOURCE_DOES_NOT_EXIST") return undefined;
    throw converted;
  }
}

async function openFile(path: string, place: string, range: ByteRange | undefined): Promise<OpenedArtifact> {
  const handle = await open(place, "r").catch((error: unknown) => {
    throw fileError(error, path);
  });
  try {
    const { size } = await handle.stat();
    const bounds = range === undefined ? {} : checkRange(range, size);
    return { stream: handle.createReadStream(bounds), sizeBytes: size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * While writing, "does not exist" means that a file is in place of a parent folder. Errors thrown by the content stream are
 * passed on unchanged.
 */
function fileErrorOfWrite(error: unknown, path: string): unknown {
  if (error instanceof AppError) return error;
  const converted = fileError(diskError(error, path), path);
  return converted instanceof AppError && converted.code === "RESOURCE_DOES_NOT_EXIST"
    ? notWritable(path, error)
    : converted;
}

/** More names than anyone can use; keeps the response below about 20 MB. */
const ENTRIES_MAX = 100_000;
/** Enough to hide the latency of a disk; libuv uses four threads by default. */
const STAT_CONCURRENCY = 8;

/** A folder's direct children, sorted by path, without symlinks that lead outside the root, sockets and the like. */
async function listFolder(root: string, path: string, place: string): Promise<FileInfo[]> {
  const names = (await readdir(place)).filter((name) => !isUnfinished(name));
  if (names.length > ENTRIES_MAX) {
    const message = `the folder '${path}' has ${names.length} entries; at most ${ENTRIES_MAX} can be listed`;
    throw new AppError("RESOURCE_EXHAUSTED", message);
  }
  const found: FileInfo[] = [];
  await forEachBounded(names, { concurrency: STAT_CONCURRENCY }, async (name) => {
    const info = await findChild(root, path === "" ? name : `${path}/${name}`);
    if (info !== undefined) found.push(info);
  });
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function findChild(root: string, path: string): Promise<FileInfo | undefined> {
  try {
    return fileInfoOf(path, await stat(await resolveArtifactPath(root, path)));
  } catch {
    return undefined; // Deleted meanwhile, outside the root, or not readable: do not list it.
  }
}

/** The metadata of a file or folder; undefined for sockets, pipes and devices. */
function fileInfoOf(path: string, stats: Stats): FileInfo | undefined {
  if (stats.isDirectory()) return { path, isDir: true };
  return stats.isFile() ? { path, isDir: false, fileSizeBytes: stats.size } : undefined;
}

/** The number and total size of the files below a path. */
export type FolderSize = { readonly files: number; readonly bytes: number };

/** Counts all files below a local folder. Symlinks are not followed and count as files. A missing folder is empty. */
async function measureFolder(folder: string): Promise<FolderSize> {
  const size = { files: 0, bytes: 0 };
  await forEachBounded(await filesBelow(folder), { concurrency: STAT_CONCURRENCY }, async (file) => {
    const bytes = await bytesOf(file);
    size.files += 1;
    size.bytes += bytes; // `size.bytes += await …` would read the old sum before the wait.
  });
  return size;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    return await walk(folder);
  } catch (error) {
    if (codeOf(error) === "ENOTDIR") return [folder];
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** Needed because Node's own recursion follows symlinks. */
async function walk(root: string): Promise<readonly string[]> {
  const files: string[] = [];
  const folders = [root];
  for (const folder of folders) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      (entry.isDirectory() ? folders : files).push(join(folder, entry.name));
    }
  }
  return files;
}

async function bytesOf(file: string): Promise<number> {
  try {
    return (await lstat(file)).size;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0; // Deleted meanwhile.
    throw error;
  }
}
