import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Bytes of the files in a folder; what is removed in the meantime counts as nothing. Links are not followed. */
export async function folderSizeBytes(folder: string, signal?: AbortSignal): Promise<number> {
  if (signal?.aborted) return 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await folderSizeBytes(path, signal);
    else bytes += (await lstat(path).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
