import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A job run's folder below the data folder, named by the run's id. */
export type JobRunFolder = {
  readonly root: string;
  /** The output and exit code, which are kept as long as logs. */
  readonly process: string;
  /** Everything else; removed after the task has ended. */
  readonly work: string;
  /** Where the task's root file system is assembled. */
  readonly scratch: string;
  /** The task sees it as `/databricks`. */
  readonly databricks: string;
  /**
   * The task sees it as `/local_disk0`: temporary files and its home. Kept short, because socket paths are limited in
   * length.
   */
  readonly disk: string;
};

/** The folder of all job runs. */
export function jobsFolder(dataDir: string): string {
  return join(dataDir, "jobs");
}

/** Copies of the wheels that jobs use, each in a folder named by its content's hash. */
export function wheelsFolder(dataDir: string): string {
  return join(dataDir, "job-wheels");
}

export function jobRunFolder(dataDir: string, jobRunId: number): JobRunFolder {
  const root = join(jobsFolder(dataDir), String(jobRunId));
  const work = join(root, "work");
  return {
    root,
    process: join(root, "process"),
    work,
    scratch: join(work, "root"),
    databricks: join(work, "databricks"),
    disk: join(work, "local_disk0"),
  };
}

/** Creates an empty folder that only its owner can read, replacing any older one. */
export async function makeJobRunFolder(folder: JobRunFolder): Promise<void> {
  await rm(folder.root, { recursive: true, force: true });
  const { process, scratch, databricks, disk } = folder;
  const inside = ["mlflow", "driver", "flightdeck"].map((name) => join(databricks, name));
  for (const each of [process, scratch, ...inside, join(disk, "tmp"), join(disk, "home")]) {
    await mkdir(each, { recursive: true, mode: 0o700 });
  }
}

/** Marks a task whose end was not observed; other tasks have a file `exit`. */
export const LOST_FILE = "lost";

/** The same as Databricks' retention of job runs. */
const RETENTION_DAYS = 60;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Removes the logs of job runs that ended before the retention time, and wheels that have not been used since. */
export async function removeOldJobRuns(dataDir: string, nowMs: number): Promise<void> {
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
  const names = await readdir(folder).catch(() => []); // Created with the first one.
  return names.map((name) => join(folder, name));
}

async function isOld(path: string, nowMs: number): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && nowMs - stats.mtimeMs > RETENTION_DAYS * DAY_MS;
}
