import {
  cancelDetached,
  type DetachedProcess,
  findDetached,
  openPathView,
  parseDetachedProcess,
  startDetached,
  waitForDetached,
} from "@flightdeck/compute";
import { systemClock, throwIfAborted } from "@flightdeck/core";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Logger } from "pino";
import type { Execution, ExecutionEnd, ExecutionHandle, LogChunk } from "./execution.ts";
import { type JobFolder, jobFolder, makeJobFolder } from "./job-folder.ts";
import { lastLinesOf } from "./last-lines-of.ts";
import { type OpenPathView, prepareTask } from "./prepare-task.ts";
import { openJobLog } from "./open-job-log.ts";
import { type JobStream, type LogRange, readJobLog } from "./read-job-log.ts";
import { LOST_FILE, removeOldJobs } from "./remove-old-jobs.ts";

export type { Execution, ExecutionEnd, ExecutionHandle, LogChunk } from "./execution.ts";

export type JobExecutorOptions = {
  readonly dataDir: string;
  /** Where this server answers; asked when a task starts, since the port is known only then. */
  readonly serverUrl: () => string;
  readonly logger: Logger;
  /** What passes to tasks in part; default the server's own environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** How tasks come to see their folders; default the best way that the system allows. */
  readonly openView?: OpenPathView;
};

export type StartOptions = {
  /** Ends the preparation; a task that has been started is ended by `cancel`. */
  readonly signal: AbortSignal;
  /** What is being done before the task starts, in a few words. */
  readonly onProgress: (message: string) => void;
};

/** What is kept of each of a task's two outputs: a disk is not filled by a program that prints for ever. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Runs the tasks of jobs on this machine, each in a folder of its own with its own `/databricks`, and DBFS at `/dbfs`. A
 * task outlives the server that started it. It runs as the server's user, and so may do what that user may.
 */
export class JobExecutor {
  private readonly dataDir: string;
  private readonly options: JobExecutorOptions;
  private readonly env: NodeJS.ProcessEnv;

  constructor(options: JobExecutorOptions) {
    this.options = options;
    this.dataDir = resolve(options.dataDir);
    this.env = options.env ?? process.env;
  }

  /**
   * Builds the environment of the libraries, then starts the task. A run that has been started already, by a server that
   * died before it kept the handle, is ended first: see `find`. Throws `AppError` when it cannot.
   */
  async start(execution: Execution, options: StartOptions): Promise<ExecutionHandle> {
    const earlier = await this.find(execution.runId);
    if (earlier !== undefined) await this.cancel(earlier);
    await removeOldJobs(this.dataDir, systemClock.nowMs());
    const folder = jobFolder(this.dataDir, execution.runId);
    await makeJobFolder(folder);
    try {
      return await this.startIn(folder, execution, options);
    } catch (error) {
      await rm(folder.root, { recursive: true, force: true });
      throw error;
    }
  }

  /** The handle of a run that was started, running or not; undefined when it never was. */
  async find(runId: number): Promise<ExecutionHandle | undefined> {
    return await findDetached(jobFolder(this.dataDir, runId).process);
  }

  /**
   * Resolves when the task has ended, also one that an earlier server started, and removes all but its logs. Throws
   * `CANCELLED` when `signal` fires, which does nothing to the task.
   */
  async wait(handle: ExecutionHandle, signal: AbortSignal): Promise<ExecutionEnd> {
    const detached = parseDetachedProcess(handle);
    const end = await waitForDetached(detached, signal);
    this.removeWork(detached);
    if (end.kind === "lost") {
      // Gone is the folder only when somebody removed it by hand, and then nothing is kept too long.
      await writeFile(join(detached.folder, LOST_FILE), end.reason).catch(() => undefined);
      return end;
    }
    return { ...end, lastLines: await lastLinesOf(detached.folder) };
  }

  /** Ends the task and all that it started within one second. No error when it had ended. */
  async cancel(handle: ExecutionHandle): Promise<void> {
    await cancelDetached(parseDetachedProcess(handle));
  }

  /** What the task wrote from an offset on. Empty when it has not started, and when its logs have been removed. */
  async readLog(runId: number, range: LogRange): Promise<LogChunk> {
    return await readJobLog(jobFolder(this.dataDir, runId), range);
  }

  /** What the task wrote, as bytes; the caller reads it to its end or destroys it. */
  async openLog(runId: number, stream: JobStream): Promise<Readable> {
    return await openJobLog(jobFolder(this.dataDir, runId), stream);
  }

  /** Removes what is left of a task that has ended: its output. */
  async remove(runId: number): Promise<void> {
    await rm(jobFolder(this.dataDir, runId).root, { recursive: true, force: true, maxRetries: 3 });
  }

  private async startIn(
    folder: JobFolder,
    execution: Execution,
    options: StartOptions,
  ): Promise<DetachedProcess> {
    const { dataDir, env } = this;
    const { openView = openPathView } = this.options;
    const serverUrl = this.options.serverUrl();
    const prepared = await prepareTask(execution, { dataDir, folder, serverUrl, env, openView, ...options });
    throwIfAborted(options.signal);
    return await startDetached({ ...prepared, folder: folder.process, outputBytesMax: LOG_BYTES_MAX });
  }

  /** In the background: what a task unpacked may take long to remove, and its end is known. */
  private removeWork({ folder }: DetachedProcess): void {
    rm(join(folder, "..", "work"), { recursive: true, force: true, maxRetries: 3 }).catch(
      (error: unknown) => {
        this.options.logger.warn({ err: error, folder }, "a job's folder could not be removed");
      },
    );
  }
}
