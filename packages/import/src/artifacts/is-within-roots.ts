import { realpath } from "node:fs/promises";
import { dirname, sep } from "node:path";

/** Whether a place of this machine lies, all links followed, in or below one of the folders. It need not exist. */
export async function isWithinRoots(place: string, roots: readonly string[]): Promise<boolean> {
  const real = await realPlace(place);
  for (const root of roots) {
    const realRoot = await realPlace(root);
    if (real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return true;
  }
  return false;
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
