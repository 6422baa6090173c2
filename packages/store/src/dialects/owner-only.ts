import { codeOf } from "@flightdeck/core";
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Only the owner may read and write, regardless of the folder's permissions. */
const OWNER_ONLY = 0o600;
/** The permission bits of all other users. */
const OTHERS = 0o077;

/** Removes other users' permissions on a file. Ignores missing files and files of other users. */
export function narrowToOwner(file: string): void {
  try {
    const { mode } = statSync(file);
    if ((mode & OTHERS) !== 0) chmodSync(file, mode & 0o777 & ~OTHERS);
  } catch (error) {
    if (!hasCode(error, "ENOENT", "EPERM")) throw error;
  }
}

/** Creates a file that only its owner can access, or narrows an existing one without opening it. */
export function makeForOwner(file: string): void {
  try {
    closeSync(openSync(file, "wx", OWNER_ONLY));
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    narrowToOwner(file);
  }
}

/**
 * Creates a folder and its parents one by one, because Node's recursive `mkdir` never returns below `/proc`, where
 * nothing can be created. Throws the system's error, and `EEXIST` if a file has the folder's path.
 */
export function makeFolders(folder: string, mode?: number): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (found === undefined && dirname(folder) !== folder) makeFolders(dirname(folder), mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    const isThere = hasCode(error, "EEXIST") && statSync(folder).isDirectory(); // Another process was faster.
    if (!isThere) throw error;
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(codeOf(error) ?? "");
}
