import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { codeOf } from "../file-error.ts";
import { checkArtifactPath, invalidPath } from "./check-artifact-path.ts";

/**
 * The one way from an artifact path to a place on disk. Checks the text, follows symbolic links as far as the path
 * exists, and refuses what leads outside of `root`. The place itself need not exist; nor need the root.
 */
export async function resolveArtifactPath(root: string, path: string): Promise<string> {
  const checked = checkArtifactPath(path);
  const realRoot = await realpathOfExisting(resolve(root), path);
  const target = checked === "" ? realRoot : await realpathOfExisting(join(realRoot, checked), path);
  if (!isWithin(realRoot, target)) throw invalidPath(path, "it leads outside of the artifact root");
  return target;
}

/** The real path of the longest part that exists, with the rest behind it. */
async function realpathOfExisting(place: string, path: string): Promise<string> {
  try {
    return await realpath(place);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ELOOP") throw invalidPath(path, "it goes through a loop of symbolic links");
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  }
  if (await isLink(place)) throw invalidPath(path, "it goes through a dangling symbolic link");
  const parent = dirname(place);
  return parent === place ? place : join(await realpathOfExisting(parent, path), basename(place));
}

async function isLink(place: string): Promise<boolean> {
  return lstat(place).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
}

function isWithin(root: string, place: string): boolean {
  return place === root || place.startsWith(root.endsWith(sep) ? root : root + sep);
}
