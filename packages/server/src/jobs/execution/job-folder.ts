import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Where one run of a task keeps what it needs. Named by us alone: a number of ours below the data folder. */
export type JobFolder = {
  readonly root: string;
  /** Its output and its end; stays for as long as logs are kept. */
  readonly process: string;
  /** All else, removed when the task has ended. */
  readonly work: string;
  /** Where its own root is put together. */
  readonly scratch: string;
  /** What it sees as `/databricks`. */
  readonly databricks: string;
  /** What it sees as `/local_disk0`: temporary files, and its home. A short path, for sockets, whose paths are short. */
  readonly disk: string;
};

/** The folder that holds all of them. */
export function jobsFolder(dataDir: string): string {
  return join(dataDir, "jobs");
}

/** Copies of the wheels that jobs asked for, each in a folder named by its content. */
export function wheelsFolder(dataDir: string): string {
  return join(dataDir, "job-wheels");
}

export function jobFolder(dataDir: string, runId: number): JobFolder {
  const root = join(jobsFolder(dataDir), String(runId));
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

/** Makes it anew, for its owner alone. */
export async function makeJobFolder(folder: JobFolder): Promise<void> {
  await rm(folder.root, { recursive: true, force: true });
  const { process, scratch, databricks, disk } = folder;
  const inside = ["mlflow", "driver", "flightdeck"].map((name) => join(databricks, name));
  for (const each of [process, scratch, ...inside, join(disk, "tmp"), join(disk, "home")]) {
    await mkdir(each, { recursive: true, mode: 0o700 });
  }
}
