import { AppError } from "@flightdeck/core";
import type { Logger } from "pino";
import type { Execution, ExecutionEnd, ExecutionHandle, LogChunk } from "./execution.ts";

export type { Execution, ExecutionEnd, ExecutionHandle, JobTask, Library, LogChunk } from "./execution.ts";

export type JobExecutorOptions = {
  readonly dataDir: string;
  /** Where this server answers; asked when a task starts, since the port is known only then. */
  readonly serverUrl: () => string;
  readonly logger: Logger;
};

export type StartOptions = {
  /** Ends the preparation; a task that has been started is ended by `cancel`. */
  readonly signal: AbortSignal;
  /** What is being done before the task starts, in a few words. */
  readonly onProgress: (message: string) => void;
};

/** Runs the tasks of jobs on this machine. A task outlives the server that started it. */
export class JobExecutor {
  constructor(_options: JobExecutorOptions) {}

  /** Builds the environment of the libraries, then starts the task. Throws `AppError` when it cannot. */
  async start(_execution: Execution, _options: StartOptions): Promise<ExecutionHandle> {
    throw notYet();
  }

  /** Resolves when the task has ended, also one that an earlier server started. Throws `CANCELLED` when `signal` fires. */
  async wait(_handle: ExecutionHandle, _signal: AbortSignal): Promise<ExecutionEnd> {
    throw notYet();
  }

  /** Ends the task and all that it started within one second. No error when it had ended. */
  async cancel(_handle: ExecutionHandle): Promise<void> {
    throw notYet();
  }

  /** What the task wrote from `offset` on. Empty when it has not started, or its folder has been removed. */
  async readLog(
    _runId: number,
    _range: { readonly stream: "stdout" | "stderr"; readonly offset: number; readonly bytesMax: number },
  ): Promise<LogChunk> {
    throw notYet();
  }
}

function notYet(): AppError {
  return new AppError("NOT_IMPLEMENTED", "tasks of jobs are not run yet");
}
