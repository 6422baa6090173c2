import { realpath } from "node:fs/promises";
import { dirname, sep } from "node:path";

/**
 * Whether a place of this machine lies, all links followed, in or below one of the folders. It need not exist. The folders
 * are real paths: a link in the place of one is not followed, since who filled the source may have made it.
 */
export async function isWithinRoots(place: string, realRoots: readonly string[]): Promise<boolean> {
  const real = await realPlace(place);
  return realRoots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** The real path of the longest part that exists, with the rest behind it. */
async function realPlace(place: string): Promise<string> {
  try {
    return await realpath(place);
  } catch {
    const parent = dirname(place);
    return parent === place ? place : (await realPlace(parent)) + place.slice(parent.length);
  }
}
