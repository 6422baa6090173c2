import { AppError } from "@flightdeck/core";
import type { FileInfo } from "@flightdeck/protocol";
import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { forEachBounded } from "../transfer/for-each-bounded.ts";
import { resolveArtifactPath } from "../paths/resolve-artifact-path.ts";
import { isUnfinished } from "./write-file-atomically.ts";

/** More names than a person or a client can use; keeps the answer below some 20 MB. */
const ENTRIES_MAX = 100_000;
/** Enough to hide the latency of a disk; libuv has four threads for it by default. */
const STAT_CONCURRENCY = 8;

/** Direct children of a folder, sorted by path. Links that lead outside of the root, sockets and the like are left out. */
export async function listFolder(root: string, path: string, place: string): Promise<FileInfo[]> {
  const names = (await readdir(place)).filter((name) => !isUnfinished(name));
  if (names.length > ENTRIES_MAX) {
    const message = `the folder '${path}' has ${names.length} entries; at most ${ENTRIES_MAX} can be listed`;
    throw new AppError("RESOURCE_EXHAUSTED", message);
  }
  const found: FileInfo[] = [];
  await forEachBounded(names, { concurrency: STAT_CONCURRENCY }, async (name) => {
    const info = await findChild(root, path === "" ? name : `${path}/${name}`);
    if (info !== undefined) found.push(info);
  });
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function findChild(root: string, path: string): Promise<FileInfo | undefined> {
  try {
    return fileInfoOf(path, await stat(await resolveArtifactPath(root, path)));
  } catch {
    return undefined; // Gone meanwhile, not reachable by the rules of paths, or not readable: not ours to show.
  }
}

/** What is told of a file or folder; undefined for sockets, pipes and devices. */
export function fileInfoOf(path: string, stats: Stats): FileInfo | undefined {
  if (stats.isDirectory()) return { path, isDir: true };
  return stats.isFile() ? { path, isDir: false, fileSizeBytes: stats.size } : undefined;
}
