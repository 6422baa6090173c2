import { sleep } from "@flightdeck/core";
import { DatabaseSync } from "node:sqlite";

export type FolderLockOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Told once when another process holds the lock. */
  readonly onWait?: (() => void) | undefined;
};

/** Soon enough to feel instant, rare enough to cost nothing while another process builds for minutes. */
const POLL_MS = 100;
/** `SQLITE_BUSY`. */
const BUSY = 5;

/**
 * Calls `action` while no other process does so for the same folder. The lock is one that SQLite takes on a file beside
 * it: the system lets go of it when its holder dies, however it dies. A cancelled wait throws `CANCELLED`.
 */
export async function withFolderLock<T>(
  folder: string,
  { signal, onWait }: FolderLockOptions,
  action: () => Promise<T>,
): Promise<T> {
  const database = new DatabaseSync(`${folder}.lock`, { timeout: 0 });
  try {
    for (let isFirst = true; !tryLock(database); isFirst = false) {
      if (isFirst) onWait?.();
      await sleep(POLL_MS, signal);
    }
    return await action();
  } finally {
    database.close();
  }
}

function tryLock(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === BUSY) return false;
    throw error;
  }
}
