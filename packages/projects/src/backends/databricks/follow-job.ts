import type { OutputStream } from "@flightdeck/client";
import { JobRunFollower } from "@flightdeck/client/databricks";
import type { ProcessExit } from "@flightdeck/compute";
import { isAppError } from "@flightdeck/core";
import type { JobControl, JobState } from "../project-backend.ts";
import { type JobWorkspace, jobStateOf } from "./job-workspace.ts";

export type FollowJobOptions = {
  readonly workspace: JobWorkspace;
  readonly jobRunId: number;
  /** As it was when it was submitted. */
  readonly state: JobState;
  readonly control: JobControl;
};

/** Soon enough for output to feel live; a workspace takes many more requests than one a second. */
const PAUSE_MS_MAX = 1_000;
/** Enough to see a stack trace's end, little enough for an error message. */
const LAST_LINES_MAX = 20;
const LAST_CHARS_MAX = 20_000;
/** A cancelled job ends within seconds; releasing its cluster is not waited for. */
const CANCEL_MS_MAX = 60_000;

/**
 * Waits until a job has ended, tells each of its states once and its output as it comes. Cancelling cancels the job and
 * waits for its end, at most a minute, and not at all when it is to stop at once.
 */
export async function followJob(options: FollowJobOptions): Promise<ProcessExit> {
  const { workspace, jobRunId, control } = options;
  const output = new OutputRelay(control.onOutput);
  control.onJobState?.(options.state);
  const state = await untilEnded(options, output);
  if (output.isEmpty()) output.take(await workspace.findOutput(jobRunId), "stdout");
  await output.delivered();
  return exitOf(jobRunId, state, output.lastLines());
}

/** Undefined when the job has not ended in time after it was cancelled. */
async function untilEnded(options: FollowJobOptions, output: OutputRelay): Promise<JobState | undefined> {
  const { workspace, jobRunId, control } = options;
  const { signal, killSignal } = control;
  const follower = followerOf(options, output);
  try {
    return jobStateOf(await follower.untilEnded(signal));
  } catch (error) {
    if (!isAppError(error, "CANCELLED")) throw error;
  }
  await workspace.jobs.cancelRun(jobRunId);
  const late = AbortSignal.timeout(CANCEL_MS_MAX);
  try {
    const ended = await follower.untilEnded(
      killSignal === undefined ? late : AbortSignal.any([late, killSignal]),
    );
    return jobStateOf(ended);
  } catch (error) {
    if (!isAppError(error, "CANCELLED")) throw error;
    return undefined;
  }
}

/** The state that the job was submitted in has been reported already. */
function followerOf(
  { workspace, jobRunId, state, control }: FollowJobOptions,
  output: OutputRelay,
): JobRunFollower {
  let reported = state.lifeCycleState;
  return new JobRunFollower(workspace.jobs, jobRunId, {
    pauseMaxMs: PAUSE_MS_MAX,
    onState: (jobRun) => {
      const next = jobStateOf(jobRun);
      if (next.lifeCycleState !== reported) control.onJobState?.(next);
      reported = next.lifeCycleState;
    },
    onOutput: (text, stream) => output.take(text, stream),
  });
}

/** A job tells no exit code. */
function exitOf(jobRunId: number, state: JobState | undefined, lines: readonly string[]): ProcessExit {
  if (state?.resultState === "SUCCESS") return { code: 0, signal: null, lastLines: lines };
  return { code: 1, signal: null, lastLines: [...lines, reasonOf(jobRunId, state)] };
}

function reasonOf(jobRunId: number, state: JobState | undefined): string {
  if (state === undefined) return `job run ${jobRunId} was told to stop, and may still run`;
  const { lifeCycleState, resultState = lifeCycleState, message } = state;
  return `job run ${jobRunId} ended with ${resultState}${message === "" ? "" : `: ${message}`}`;
}

/** Hands on what a job writes, in its order, and keeps the end of it. */
export class OutputRelay {
  readonly #onOutput: JobControl["onOutput"];
  #delivery: Promise<void> = Promise.resolve();
  #tail = "";

  constructor(onOutput: JobControl["onOutput"]) {
    this.#onOutput = onOutput;
  }

  take(text: string, stream: OutputStream): void {
    if (text === "") return;
    this.#tail = (this.#tail + text).slice(-LAST_CHARS_MAX);
    this.#delivery = this.#delivery.then(() => this.#onOutput?.({ stream, chunk: Buffer.from(text) }));
    this.#delivery.catch(() => undefined); // `delivered` throws it on.
  }

  isEmpty(): boolean {
    return this.#tail === "";
  }

  /** Resolves when `onOutput` has taken everything; rejects with its error. */
  async delivered(): Promise<void> {
    await this.#delivery;
  }

  /** The end of it, oldest first. */
  lastLines(): readonly string[] {
    const lines = this.#tail.split("\n").filter((line) => line.trim() !== "");
    return lines.slice(-LAST_LINES_MAX);
  }
}
