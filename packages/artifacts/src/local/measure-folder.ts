import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { codeOf } from "../file-error.ts";
import { forEachBounded } from "../transfer/for-each-bounded.ts";

/** What lies below a place, and so what is freed by deleting it. */
export type FolderSize = { readonly files: number; readonly bytes: number };

/** Enough to hide the latency of a disk; libuv has four threads for it by default. */
const STAT_CONCURRENCY = 8;

/** Counts all files below a folder of this machine. Links are not followed, and count as files; absent is empty. */
export async function measureFolder(folder: string): Promise<FolderSize> {
  const size = { files: 0, bytes: 0 };
  await forEachBounded(await filesBelow(folder), { concurrency: STAT_CONCURRENCY }, async (file) => {
    const bytes = await bytesOf(file);
    size.files += 1;
    size.bytes += bytes; // Not in one line: what is added to would be read before the wait.
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

/** Node's own recursion follows links. */
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
    if (codeOf(error) === "ENOENT") return 0; // Gone meanwhile.
    throw error;
  }
}
