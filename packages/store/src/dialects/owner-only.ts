import { chmodSync, closeSync, openSync, statSync } from "node:fs";

/** Only the owner reads and writes, in whatever folder the file is. */
const OWNER_ONLY = 0o600;
/** What anybody else may do. */
const OTHERS = 0o077;

/** Takes away what others may do with a file, if it is there. One of another user stays as that one has it. */
export function narrowToOwner(file: string): void {
  try {
    const { mode } = statSync(file);
    if ((mode & OTHERS) !== 0) chmodSync(file, mode & 0o777 & ~OTHERS);
  } catch (error) {
    if (!hasCode(error, "ENOENT", "EPERM")) throw error;
  }
}

/** Makes a file for its owner alone; one that is there is narrowed. Its content is not touched, nor is it opened. */
export function makeForOwner(file: string): void {
  try {
    closeSync(openSync(file, "wx", OWNER_ONLY));
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    narrowToOwner(file);
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.some((code) => Reflect.get(error, "code") === code);
}
