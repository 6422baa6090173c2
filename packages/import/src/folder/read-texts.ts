import { forEachBounded } from "@flightdeck/artifacts";
import type { Tag } from "@flightdeck/protocol";
import type { FolderReader } from "./folder-reader.ts";

/** Files open at a time; a process may have about a thousand. */
const CONCURRENCY = 16;

/** Params or tags: a file each, named after the key. Sorted by key. */
export async function readTexts(reader: FolderReader, folder: string): Promise<readonly Tag[]> {
  const keys = await reader.filesBelow(folder);
  const values = new Map<string, string>();
  await forEachBounded(keys, { concurrency: CONCURRENCY }, async (key) => {
    values.set(key, await reader.text(`${folder}/${key}`));
  });
  return keys.map((key) => ({ key, value: values.get(key) ?? "" }));
}
