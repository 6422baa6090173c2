import { cancelled, newId } from "@flightdeck/core";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Only the owner reads and writes: artifacts may hold what other users of the machine should not see. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Names of files that are still being written; listings leave them out. */
const UNFINISHED = /^\.flightdeck-upload-[0-9a-f]{32}$/;

export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/**
 * Writes a file under a temporary name beside its place, syncs it, and moves it there: a reader sees the old content or
 * the new one, never a part. Resolves, with the bytes written, when file and name survive a power cut.
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

/** A new name lasts when its folder is synced; a new folder's name when its parent is. */
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
