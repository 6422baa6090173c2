import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";

/** Every file below a folder with its content and time of change, to see that nothing has touched it. */
export async function snapshot(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map(async (file) => {
    const { mtimeMs } = await stat(file);
    return [relative(folder, file), `${mtimeMs} ${(await readFile(file)).toString("base64")}`] as const;
  });
  return new Map(await Promise.all(contents));
}
