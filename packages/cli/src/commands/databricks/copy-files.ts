import { forEachBounded } from "@flightdeck/artifacts";
import { AppError, invalid, isAppError } from "@flightdeck/core";
import type { CopyProgress } from "../../output/progress.ts";
import type { Entry, Place } from "./places.ts";

type CopyInput = {
  readonly from: Place;
  readonly source: string;
  readonly to: Place;
  readonly destination: string;
  readonly recursive: boolean;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
};

type CopyResult = {
  readonly copied: readonly FilePair[];
  /** Files that already existed at the destination of a folder copy. */
  readonly skipped: readonly FilePair[];
  readonly bytes: number;
};

type FilePair = { readonly source: string; readonly destination: string };

type PlannedFile = FilePair & { readonly sizeBytes: number };

/**
 * Files copied at the same time. Enough to hide the latency of a workspace, with blocks of 1 MB, while leaving capacity
 * to others.
 */
const CONCURRENCY = 4;

/** Folders have thousands of files at most; more means that something is wrong. */
const FILES_MAX = 100_000;

/**
 * Copies a file or, with `recursive`, a folder. If the destination of a file is an existing folder, the file keeps its
 * name in there; otherwise the destination is the file's new path. The contents of a folder go into the destination,
 * which is created. Existing files are skipped in a folder copy and an error in a file copy, unless `overwrite` is set.
 */
export async function copyFiles(input: CopyInput): Promise<CopyResult> {
  const { from, source, recursive } = input;
  const root = await from.find(source);
  if (root === undefined)
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `there is no file or folder ${source}`);
  if (!root.isDir) return await copyAll(input, [await planFile(input, root)], { skips: false });
  if (!recursive) {
    throw invalid(`${source} is a folder; --recursive copies it`);
  }
  return await copyAll(input, await planFolder(input), { skips: true });
}

async function planFile({ from, to, destination }: CopyInput, file: Entry): Promise<PlannedFile> {
  const there = await to.find(destination);
  const isFolder = there?.isDir === true || (there === undefined && destination.endsWith("/"));
  const target = isFolder ? to.join(destination, from.nameOf(file.path)) : destination;
  return { source: file.path, destination: target, sizeBytes: file.sizeBytes };
}

/** Creates the destination folders along the way, so that empty ones are copied too. */
async function planFolder({ from, source, to, destination, signal }: CopyInput): Promise<PlannedFile[]> {
  const there = await to.find(destination);
  if (there?.isDir === false) {
    throw invalid(`${destination} is a file, ${source} a folder`);
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
  return invalid(message);
}
