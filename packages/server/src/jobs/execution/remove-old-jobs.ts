import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { jobsFolder, wheelsFolder } from "./job-folder.ts";

/** Stands beside the output of a task whose end nobody saw, as `exit` does of others. */
export const LOST_FILE = "lost";

/** As long as Databricks keeps the runs of jobs. */
const RETENTION_DAYS = 60;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Removes the logs of jobs that have ended longer ago than logs are kept, and wheels that were not asked for since. */
export async function removeOldJobs(dataDir: string, nowMs: number): Promise<void> {
  const jobs = await foldersIn(jobsFolder(dataDir));
  for (const folder of jobs) {
    const ends = ["exit", LOST_FILE].map((name) => isOld(join(folder, "process", name), nowMs));
    if ((await Promise.all(ends)).includes(true)) await rm(folder, { recursive: true, force: true });
  }
  for (const folder of await foldersIn(wheelsFolder(dataDir))) {
    if (await isOld(folder, nowMs)) await rm(folder, { recursive: true, force: true });
  }
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []); // Not there before the first.
  return names.map((name) => join(folder, name));
}

async function isOld(path: string, nowMs: number): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && nowMs - stats.mtimeMs > RETENTION_DAYS * DAY_MS;
}
