import {
  cancelDetached,
  type DetachedProcess,
  findDetached,
  LineRing,
  openPathView,
  parseDetachedProcess,
  startDetached,
  waitForDetached,
} from "@flightdeck/compute";
import { systemClock, throwIfAborted } from "@flightdeck/core";
import { open, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import type { Logger } from "pino";
import type { Execution, ExecutionEnd, ExecutionHandle, LogChunk } from "./execution.ts";
import {
  type JobRunFolder,
  jobRunFolder,
  LOST_FILE,
  makeJobRunFolder,
  removeOldJobRuns,
} from "./job-run-folder.ts";
import { type OpenPathView, prepareTask } from "./prepare-task.ts";

export type { Execution, ExecutionEnd, ExecutionHandle, LogChunk } from "./execution.ts";

export type JobExecutorOptions = {
  readonly dataDir: string;
  /** This server's URL. A function, because the port is unknown until the server listens. */
  readonly serverUrl: () => string;
  readonly logger: Logger;
  /** Tasks inherit a part of this environment. Default: the server's own. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** How tasks see their folders. Default: the best way that the system allows. */
  readonly openView?: OpenPathView | undefined;
};

export type StartOptions = {
  /** Aborts the preparation. Use `cancel` to end a started task. */
  readonly signal: AbortSignal;
  /** Called with a short description of the current step. */
  readonly onProgress: (message: string) => void;
};

/** The limit of each output stream, so that a program that prints forever cannot fill the disk. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Runs job tasks on this machine, each in a separate folder with its own `/databricks`, and with DBFS at `/dbfs`. A
 * task outlives the server that started it. It runs as the server's user, with all of that user's rights.
 */
export class JobExecutor {
  readonly #dataDir: string;
  readonly #options: JobExecutorOptions;
  readonly #env: NodeJS.ProcessEnv;

  constructor(options: JobExecutorOptions) {
    this.#options = options;
    this.#dataDir = resolve(options.dataDir);
    this.#env = options.env ?? process.env;
  }

  /**
   * Builds the environment with the libraries, then starts the task. If an earlier server started the task but died
   * before it stored the handle, that task is cancelled first: see `find`. Throws `AppError` if the task cannot start.
   */
  async start(execution: Execution, options: StartOptions): Promise<ExecutionHandle> {
    const earlier = await this.find(execution.jobRunId);
    if (earlier !== undefined) await this.cancel(earlier);
    await removeOldJobRuns(this.#dataDir, systemClock.nowMs());
    const folder = jobRunFolder(this.#dataDir, execution.jobRunId);
    await makeJobRunFolder(folder);
    try {
      return await this.#startIn(folder, execution, options);
    } catch (error) {
      await rm(folder.root, { recursive: true, force: true });
      throw error;
    }
  }

  /** The handle of a started task, running or ended; undefined if it never started. */
  find(jobRunId: number): Promise<ExecutionHandle | undefined> {
    return findDetached(jobRunFolder(this.#dataDir, jobRunId).process);
  }

  /**
   * Resolves when the task has ended, even if an earlier server started it, and removes everything except its logs.
   * Throws `CANCELLED` when `signal` aborts; the task continues.
   */
  async wait(handle: ExecutionHandle, signal: AbortSignal): Promise<ExecutionEnd> {
    const detached = parseDetachedProcess(handle);
    const end = await waitForDetached(detached, signal);
    this.#removeWork(detached);
    if (end.kind === "lost") {
      // Fails only if someone has deleted the folder; then there is nothing to expire.
      await writeFile(join(detached.folder, LOST_FILE), end.reason).catch(() => undefined);
      return end;
    }
    return { ...end, lastLines: await lastLinesOf(detached.folder) };
  }

  /** Ends the task and all processes that it started, within one second. Does nothing if it has ended. */
  async cancel(handle: ExecutionHandle): Promise<void> {
    await cancelDetached(parseDetachedProcess(handle));
  }

  /** Reads the output from an offset. Empty before the task starts and after its logs have been removed. */
  readLog(jobRunId: number, range: LogRange): Promise<LogChunk> {
    return readTaskLog(jobRunFolder(this.#dataDir, jobRunId), range);
  }

  /** The whole output as bytes. The caller must read it to the end or destroy it. */
  openLog(jobRunId: number, stream: TaskStream): Promise<Readable> {
    return openTaskLog(jobRunFolder(this.#dataDir, jobRunId), stream);
  }

  /** Removes the output of a task that has ended. */
  async remove(jobRunId: number): Promise<void> {
    await rm(jobRunFolder(this.#dataDir, jobRunId).root, { recursive: true, force: true, maxRetries: 3 });
  }

  async #startIn(
    folder: JobRunFolder,
    execution: Execution,
    options: StartOptions,
  ): Promise<DetachedProcess> {
    const { openView = openPathView } = this.#options;
    const prepared = await prepareTask(execution, {
      dataDir: this.#dataDir,
      folder,
      serverUrl: this.#options.serverUrl(),
      env: this.#env,
      openView,
      ...options,
    });
    throwIfAborted(options.signal);
    return await startDetached({ ...prepared, folder: folder.process, outputBytesMax: LOG_BYTES_MAX });
  }

  /** In the background, because removing the files that a task unpacked may take long. */
  #removeWork({ folder }: DetachedProcess): void {
    rm(join(folder, "..", "work"), { recursive: true, force: true, maxRetries: 3 }).catch(
      (error: unknown) => {
        this.#options.logger.warn({ err: error, folder }, "a job's folder could not be removed");
      },
    );
  }
}

export type TaskStream = "stdout" | "stderr";

export type LogRange = {
  readonly stream: TaskStream;
  /** In bytes; an offset beyond the end means the end. */
  readonly offset: number;
  /** At least 4, the length of the longest character. */
  readonly bytesMax: number;
};

/** Reads whole characters of an output stream from an offset. Empty before the task starts. */
export async function readTaskLog(
  folder: JobRunFolder,
  { stream, offset, bytesMax }: LogRange,
): Promise<LogChunk> {
  const file = await open(join(folder.process, stream)).catch(() => undefined);
  if (file === undefined) return { text: "", nextOffset: 0, size: 0 };
  try {
    const { size } = await file.stat();
    const start = Math.min(offset, size);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(bytesMax, size - start)), {
      position: start,
    });
    const whole = buffer.subarray(0, wholeCharacters(buffer.subarray(0, bytesRead)));
    return { text: whole.toString("utf8"), nextOffset: start + whole.length, size };
  } finally {
    await file.close();
  }
}

/**
 * The length without an incomplete character at the end. Invalid UTF-8 counts as complete, so that a reader always advances.
 */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue; // A continuation byte.
    return bytes.length - (back < charLength(byte) && back < bytes.length ? back : 0);
  }
  return bytes.length;
}

function charLength(firstByte: number): number {
  if (firstByte >= 0b1111_0000) return 4;
  if (firstByte >= 0b1110_0000) return 3;
  return firstByte >= 0b1100_0000 ? 2 : 1;
}

/** A whole output stream as bytes, since it need not be text. Empty if there is no output. */
export async function openTaskLog(folder: JobRunFolder, stream: TaskStream): Promise<Readable> {
  const file = await open(join(folder.process, stream)).catch(() => undefined);
  return file === undefined ? Readable.from([]) : file.createReadStream();
}

/** Limits for an error message: enough for the end of a stack trace. */
const SHOWN = { linesMax: 20, lineCharsMax: 1_000 } as const;
const TAIL_BYTES = 32 * 1024;

/** The last lines of stderr, or of stdout when stderr is empty, oldest first. */
export async function lastLinesOf(folder: string): Promise<readonly string[]> {
  const errors = await tailOf(join(folder, "stderr"));
  return errors.length > 0 ? errors : await tailOf(join(folder, "stdout"));
}

async function tailOf(path: string): Promise<readonly string[]> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), { position: size - length });
    const ring = new LineRing(SHOWN);
    ring.push(buffer.toString("utf8", 0, bytesRead));
    return ring.lines();
  } finally {
    await file.close();
  }
}
