import { forEachBounded } from "@flightdeck/artifacts";
import { AppError, isAppError } from "@flightdeck/core";
import type { Entry, Place } from "./place.ts";

export type CopyInput = {
  readonly from: Place;
  readonly source: string;
  readonly to: Place;
  readonly destination: string;
  readonly recursive: boolean;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
};

export type CopyProgress = {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly filesDone: number;
  readonly filesTotal: number;
};

export type CopyResult = {
  readonly copied: readonly FilePair[];
  /** Files of a folder that were there already. */
  readonly skipped: readonly FilePair[];
  readonly bytes: number;
};
type FilePair = { readonly source: string; readonly destination: string };
type PlannedFile = FilePair & { readonly sizeBytes: number };

/** Files under way at a time: blocks of 1 MB each hide the latency of a workspace, and share it with others. */
const CONCURRENCY = 4;
/** A folder has thousands of files at most; beyond, something has gone wrong. */
const FILES_MAX = 100_000;

/**
 * Copies a file, or with `recursive` a folder. A file goes into a folder that is there under its own name, else to the
 * very path; what is in a folder goes into the destination, which is made. Of a folder, files that are there are passed
 * over unless they may be overwritten; a single one is an error.
 */
export async function copyFiles(input: CopyInput): Promise<CopyResult> {
  const { from, source, recursive } = input;
  const root = await from.find(source);
  if (root === undefined)
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `there is no file or folder ${source}`);
  if (!root.isDir) return await copyAll(input, [await planFile(input, root)], { skips: false });
  if (!recursive) {
    throw new AppError("INVALID_PARAMETER_VALUE", `${source} is a folder; --recursive copies it`);
  }
  return await copyAll(input, await planFolder(input), { skips: true });
}

async function planFile({ from, to, destination }: CopyInput, file: Entry): Promise<PlannedFile> {
  const there = await to.find(destination);
  const isFolder = there?.isDir === true || (there === undefined && destination.endsWith("/"));
  const target = isFolder ? to.join(destination, from.nameOf(file.path)) : destination;
  return { source: file.path, destination: target, sizeBytes: file.sizeBytes };
}

/** Makes the folders on the way, so that empty ones are copied too. */
async function planFolder({ from, source, to, destination, signal }: CopyInput): Promise<PlannedFile[]> {
  const there = await to.find(destination);
  if (there?.isDir === false) {
    throw new AppError("INVALID_PARAMETER_VALUE", `${destination} is a file, ${source} a folder`);
  }
  const files: PlannedFile[] = [];
  const folders = [{ source, destination }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    await to.makeFolder(folder.destination);
    for (const entry of await from.list(folder.source)) {
      const pair = { source: entry.path, destination: to.join(folder.destination, from.nameOf(entry.path)) };
      if (entry.isDir) folders.push(pair);
      else files.push({ ...pair, sizeBytes: entry.sizeBytes });
    }
    if (files.length + folders.length > FILES_MAX) throw tooMany(source);
  }
  return files;
}

async function copyAll(
  input: CopyInput,
  files: readonly PlannedFile[],
  { skips }: { readonly skips: boolean },
): Promise<CopyResult> {
  const [copied, skipped]: [FilePair[], FilePair[]] = [[], []];
  const bytesTotal = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let bytesDone = 0;
  const tell = (): void =>
    input.onProgress({ bytesDone, bytesTotal, filesDone: copied.length, filesTotal: files.length });
  await forEachBounded(files, { concurrency: CONCURRENCY, signal: input.signal }, async (file) => {
    const { source, destination } = file;
    try {
      await copyFile(input, file, (bytes) => {
        bytesDone += bytes;
        tell();
      });
      copied.push({ source, destination });
    } catch (error) {
      if (!skips || !isAppError(error, "RESOURCE_ALREADY_EXISTS")) throw error;
      skipped.push({ source, destination });
    }
    tell();
  });
  return { copied, skipped, bytes: bytesDone };
}

async function copyFile(
  { from, to, overwrite, signal }: CopyInput,
  { source, destination }: FilePair,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const content = await from.open(source, signal);
  try {
    await to.write(destination, { content, overwrite, signal, onProgress });
  } finally {
    content.destroy();
  }
}

function tooMany(source: string): AppError {
  const message = `${source} has more than ${FILES_MAX} files; copy its folders one by one`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
