import type { Tag } from "@flightdeck/protocol";
import type { FolderReader } from "./folder-reader.ts";

/** Params or tags: a file each, named after the key. */
export async function readTexts(reader: FolderReader, folder: string): Promise<readonly Tag[]> {
  const keys = await reader.filesBelow(folder);
  return Promise.all(keys.map(async (key) => ({ key, value: await reader.text(`${folder}/${key}`) })));
}
