import { AppError, codeOf, messageOf } from "@flightdeck/core";
import { open, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolders } from "./dialects/owner-only.ts";

/** Only the owner may look into the data folder. */
const DATA_DIR_MODE = 0o700;

/** A probe writes a whole block, because a full disk may still accept an empty file. */
const PROBE_BYTES = 4096;

/** The default path of a workspace's database. */
export function databaseFileOf(dataDir: string): string {
  return join(resolve(dataDir), "flightdeck.db");
}

/** The URI of the database at its default path. */
export function databaseUriOf(dataDir: string): string {
  return `sqlite:///${databaseFileOf(dataDir)}`;
}

/**
 * Creates a workspace's data folder if it is missing, and returns its absolute path. Throws `INVALID_PARAMETER_VALUE`
 * when it cannot be created, is not a folder, or cannot be written to.
 */
export async function openDataDir(dataDir: string): Promise<string> {
  const folder = resolve(dataDir);
  try {
    makeFolders(folder, DATA_DIR_MODE);
    await checkWritable(folder);
  } catch (error) {
    const message = `the data folder ${folder} cannot be used: ${reasonOf(error)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause: error });
  }
  return folder;
}

/** Checks a folder by writing and removing a file. Throws the system's error. */
export async function checkWritable(folder: string): Promise<void> {
  const file = join(folder, `.flightdeck-probe-${process.pid}-${performance.now()}`);
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(Buffer.alloc(PROBE_BYTES));
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you have no permission to write there",
  EPERM: "you have no permission to write there",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EEXIST: "it is not a folder",
  ENOTDIR: "part of the path is not a folder",
  ENOENT: "no folder can be created there",
  ELOOP: "its symlinks form a loop",
  ENAMETOOLONG: "the name is too long",
};

function reasonOf(error: unknown): string {
  return REASONS[codeOf(error) ?? ""] ?? messageOf(error);
}
