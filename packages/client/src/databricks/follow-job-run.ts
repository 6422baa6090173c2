import { isAppError, sleep } from "@flightdeck/core";
import { ENDED_JOB_RUN_STATES, type JobRunWire } from "@flightdeck/protocol";
import type { JobsApi } from "./jobs-api.ts";

export type FollowJobRunOptions = {
  /** Called when the run's state has changed, and with its first state. */
  readonly onState?: ((jobRun: JobRunWire) => void) | undefined;
  /** Called with each new piece of output, once. A workspace of Databricks shows output only when the run has ended. */
  readonly onOutput?: ((text: string, stream: OutputStream) => void) | undefined;
  /** The longest pause between two looks. Default 5 s. */
  readonly pauseMaxMs?: number | undefined;
  /** How long the workspace may be unreachable before its error is thrown. Default 10 minutes. */
  readonly outageMaxMs?: number | undefined;
};

export type OutputStream = "stdout" | "stderr";

const PAUSE_MIN_MS = 200;
/** An hour's run then takes about half a minute of the workspace's time. */
const PAUSE_MAX_MS = 5000;
const PAUSE_GROWTH = 1.5;
/** Outlasts an upgrade of the workspace. */
const OUTAGE_MAX_MS = 10 * 60_000;
const ENDED: ReadonlySet<string> = new Set(ENDED_JOB_RUN_STATES);

/**
 * Waits until a job run has ended, and resolves with its last state. `signal` ends only the wait: the run goes on. To go on
 * waiting after that, use a `JobRunFollower`.
 */
export async function followJobRun(
  jobs: JobsApi,
  jobRunId: number,
  { signal, ...options }: FollowJobRunOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<JobRunWire> {
  return await new JobRunFollower(jobs, jobRunId, options).untilEnded(signal);
}

/**
 * Follows one job run, and remembers how far it has read: neither an outage of the workspace nor a wait that was ended and
 * taken up again repeats a state or a piece of output. One wait at a time.
 */
export class JobRunFollower {
  readonly #jobs: JobsApi;
  readonly #jobRunId: number;
  readonly #options: FollowJobRunOptions;
  readonly #logs: readonly LogReader[];
  #state: string | undefined;

  constructor(jobs: JobsApi, jobRunId: number, options: FollowJobRunOptions = {}) {
    this.#jobs = jobs;
    this.#jobRunId = jobRunId;
    this.#options = options;
    this.#logs =
      options.onOutput === undefined
        ? []
        : [new LogReader("stdout", options.onOutput), new LogReader("stderr", options.onOutput)];
  }

  /** Resolves with the run's last state; rejects with `CANCELLED` when `signal` ends the wait. */
  async untilEnded(signal?: AbortSignal): Promise<JobRunWire> {
    const { pauseMaxMs = PAUSE_MAX_MS, outageMaxMs = OUTAGE_MAX_MS } = this.#options;
    let reachedAtMs = Date.now();
    for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, pauseMaxMs)) {
      try {
        const { jobRun, hasNews } = await this.#look(signal);
        reachedAtMs = Date.now();
        if (ENDED.has(jobRun.state.life_cycle_state)) return jobRun;
        if (hasNews) pauseMs = PAUSE_MIN_MS;
      } catch (error) {
        if (!isOutage(error) || Date.now() - reachedAtMs > outageMaxMs) throw error;
      }
      await sleep(Math.min(pauseMs, pauseMaxMs), signal);
    }
  }

  /** The logs are read after the state: those of a run that has ended are then complete. */
  async #look(signal: AbortSignal | undefined): Promise<{ jobRun: JobRunWire; hasNews: boolean }> {
    const jobRun = await this.#jobs.getRun(this.#jobRunId, { signal });
    const { life_cycle_state: state } = jobRun.state;
    const isNewState = state !== this.#state;
    this.#state = state;
    if (isNewState) this.#options.onState?.(jobRun);
    const reads = await Promise.allSettled(
      this.#logs.map((log) => log.readNew(this.#jobs, this.#jobRunId, signal)),
    );
    // Both have ended by now, so that a read that is taken up again meets no other.
    const failed = reads.find((read) => read.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return { jobRun, hasNews: isNewState || reads.some((read) => read.status === "fulfilled" && read.value) };
  }
}

function isOutage(error: unknown): boolean {
  return isAppError(error, "TEMPORARILY_UNAVAILABLE") || isAppError(error, "DEADLINE_EXCEEDED");
}

/** One stream of a run's output, read from the byte on that the last read ended at. */
class LogReader {
  readonly #stream: OutputStream;
  readonly #onOutput: (text: string, stream: OutputStream) => void;
  #offset = 0;
  #isKnown = true;

  constructor(stream: OutputStream, onOutput: (text: string, stream: OutputStream) => void) {
    this.#stream = stream;
    this.#onOutput = onOutput;
  }

  /** Resolves with whether there was something new. A workspace that does not have the call is asked once. */
  async readNew(jobs: JobsApi, jobRunId: number, signal: AbortSignal | undefined): Promise<boolean> {
    const from = this.#offset;
    while (this.#isKnown) {
      const part = await this.#readPart(jobs, jobRunId, signal);
      if (part === undefined || part.next_offset === this.#offset) break;
      this.#offset = part.next_offset;
      this.#onOutput(part.text, this.#stream);
    }
    return this.#offset !== from;
  }

  /** Undefined before the task has begun, and where the call is not known. */
  async #readPart(
    jobs: JobsApi,
    jobRunId: number,
    signal: AbortSignal | undefined,
  ): Promise<Awaited<ReturnType<JobsApi["readRunLog"]>> | undefined> {
    try {
      const input = { run_id: jobRunId, stream: this.#stream, offset: this.#offset };
      return await jobs.readRunLog(input, { signal });
    } catch (error) {
      if (isAppError(error, "ENDPOINT_NOT_FOUND")) this.#isKnown = false;
      else if (!isAppError(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
      return undefined;
    }
  }
}
