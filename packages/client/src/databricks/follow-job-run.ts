import { isAppError, sleep } from "@flightdeck/core";
import { ENDED_JOB_RUN_STATES, type JobRunWire } from "@flightdeck/protocol";
import type { JobsApi } from "./jobs-api.ts";

/** Callbacks, polling interval and tolerated outage for following a job run. */
export type FollowJobRunOptions = {
  /** Called with the run's first state and after each change. */
  readonly onState?: ((jobRun: JobRunWire) => void) | undefined;
  /** Called once with each new piece of output. Only Flightdeck servers report output while a run is in progress. */
  readonly onOutput?: ((text: string, stream: OutputStream) => void) | undefined;
  /** The longest pause between two polls. Default 5 s. */
  readonly pauseMaxMs?: number | undefined;
  /** How long the workspace may be unreachable before the error is thrown. Default 10 minutes. */
  readonly outageMaxMs?: number | undefined;
};

/** One of a task's two output streams. */
export type OutputStream = "stdout" | "stderr";

const PAUSE_MIN_MS = 200;
/** At this interval, following an hour-long run costs the workspace about half a minute. */
const PAUSE_MAX_MS = 5000;
const PAUSE_GROWTH = 1.5;
/** Long enough to outlast an upgrade of the workspace. */
const OUTAGE_MAX_MS = 10 * 60_000;
const ENDED: ReadonlySet<string> = new Set(ENDED_JOB_RUN_STATES);

/**
 * Waits for a job run to end and resolves with its final state. `signal` stops only the wait; the run continues. Use a
 * `JobRunFollower` to resume waiting afterwards.
 */
export async function followJobRun(
  jobs: JobsApi,
  jobRunId: number,
  { signal, ...options }: FollowJobRunOptions & { readonly signal?: AbortSignal | undefined } = {},
): Promise<JobRunWire> {
  return await new JobRunFollower(jobs, jobRunId, options).untilEnded(signal);
}

/**
 * Follows one job run and remembers how far it has read, so that neither an outage of the workspace nor a resumed wait
 * repeats a state or a piece of output. Only one wait may be active at a time.
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

  /** Resolves with the run's final state; rejects with `CANCELLED` when `signal` fires. */
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

  /** Reads the logs after the state, so that the logs of an ended run are complete. */
  async #look(signal: AbortSignal | undefined): Promise<{ jobRun: JobRunWire; hasNews: boolean }> {
    const jobRun = await this.#jobs.getRun(this.#jobRunId, { signal });
    const { life_cycle_state: state } = jobRun.state;
    const isNewState = state !== this.#state;
    this.#state = state;
    if (isNewState) this.#options.onState?.(jobRun);
    const reads = await Promise.allSettled(
      this.#logs.map((log) => log.readNew(this.#jobs, this.#jobRunId, signal)),
    );
    // Wait for both reads before throwing, so that a resumed wait never overlaps with one still in progress.
    const failed = reads.find((read) => read.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return { jobRun, hasNews: isNewState || reads.some((read) => read.status === "fulfilled" && read.value) };
  }
}

function isOutage(error: unknown): boolean {
  return isAppError(error, "TEMPORARILY_UNAVAILABLE") || isAppError(error, "DEADLINE_EXCEEDED");
}

/** Reads one stream of a run's output, each time from where the last read ended. */
class LogReader {
  readonly #stream: OutputStream;
  readonly #onOutput: (text: string, stream: OutputStream) => void;
  #offset = 0;
  #isKnown = true;

  constructor(stream: OutputStream, onOutput: (text: string, stream: OutputStream) => void) {
    this.#stream = stream;
    this.#onOutput = onOutput;
  }

  /** Resolves with whether there was new output. Asks only once if the workspace does not have this endpoint. */
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

  /** Undefined before the task has started, and if the workspace does not have the endpoint. */
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
