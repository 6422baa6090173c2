import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, rename, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { getDbfsFile } from "./dbfs-file.ts";
import { wheelsFolder } from "./job-folder.ts";

/**
 * Copies a wheel of DBFS to a place named by its content, and gives that: environments are told apart by what defines them, and
 * another wheel may come to stand under the same name.
 */
export async function keepWheel(dataDir: string, name: string): Promise<string> {
  const { real } = await getDbfsFile(dataDir, name);
  const hash = createHash("sha256");
  await pipeline(createReadStream(real), hash);
  const folder = join(wheelsFolder(dataDir), hash.digest("hex"));
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `${process.pid}.partial`);
  await copyFile(real, partial);
  await rename(partial, join(folder, basename(real)));
  await utimes(folder, new Date(), new Date()); // It is in use: see removeOldJobs.
  return join(folder, basename(real));
}
