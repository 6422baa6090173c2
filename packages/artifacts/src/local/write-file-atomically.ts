import { cancelled, newId } from "@flightdeck/core";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Owner only: other users of the machine should not see artifacts. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** The names of files that are still being written, which listings skip. */
const UNFINISHED = /^\.flightdeck-upload-[0-9a-f]{32}$/;

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/**
 * Writes a file under a temporary name in the same folder, syncs it, and renames it: a reader sees either the old content or
 * the new, never a part. Resolves with the bytes written once the file would survive a power failure.
 */
export async function writeFileAtomically(
  place: string,
  content: Readable,
  signal: AbortSignal | undefined,
): Promise<number> {
  const folder = dirname(place);
  const topmostCreated = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const temporary = join(folder, `.flightdeck-upload-${newId()}`);
  try {
    const file = createWriteStream(temporary, { flags: "wx", mode: FILE_MODE, flush: true });
    await pipeline(content, file, signal === undefined ? {} : { signal });
    await rename(temporary, place);
    await syncFolders(folder, topmostCreated);
    return file.bytesWritten;
  } catch (error) {
    await rm(temporary, { force: true });
    throw signal?.aborted ? cancelled(signal) : error;
  }
}

/** A new file is durable once its folder is synced, a new folder once its parent is. */
async function syncFolders(folder: string, topmostCreated: string | undefined): Promise<void> {
  await syncFolder(folder);
  if (topmostCreated === undefined) return;
  for (let current = folder; current.length >= topmostCreated.length; current = dirname(current)) {
    await syncFolder(dirname(current));
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
