import { sleep } from "@flightdeck/core";
import { DatabaseSync } from "node:sqlite";

/** Cancellation of the wait for a lock, and a callback when there is a wait. */
export type FolderLockOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Called once if another process holds the lock. */
  readonly onWait?: (() => void) | undefined;
};

/** Short enough to feel instant, long enough to cost nothing while another process builds for minutes. */
const POLL_MS = 100;
/** `SQLITE_BUSY`. */
const BUSY = 5;

/**
 * Calls `action` while holding an exclusive lock for the folder, across processes. The lock is SQLite's lock on a file next
 * to the folder: the operating system releases it even when its holder is killed. A cancelled wait throws `CANCELLED`.
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
