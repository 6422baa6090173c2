import { followJobRun } from "@flightdeck/client/databricks";
import type { ProcessExit } from "@flightdeck/compute";
import { isAppError, sleep } from "@flightdeck/core";
import type { JobControl, JobState } from "../project-backend.ts";
import { JobOutput } from "./job-output.ts";
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
/** A workspace that cannot be reached for so long is given up on. Its job goes on. */
const OUTAGE_MS_MAX = 10 * 60_000;
/** A cancelled job ends within seconds; releasing its cluster is not waited for. */
const CANCEL_MS_MAX = 60_000;

/**
 * Waits until a job has ended, tells each of its states once and its output as it comes. Cancelling cancels the job and
 * waits for its end, at most a minute, and not at all when it is to stop at once.
 */
export async function followJob(options: FollowJobOptions): Promise<ProcessExit> {
  const { workspace, jobRunId, control } = options;
  const output = new JobOutput(control.onOutput);
  control.onJobState?.(options.state);
  const state = await untilEnded(options, output);
  if (output.isEmpty()) output.take(await workspace.findOutput(jobRunId), "stdout");
  await output.delivered();
  return exitOf(jobRunId, state, output.lastLines());
}

/** Undefined when the job has not ended in time after it was cancelled. */
async function untilEnded(options: FollowJobOptions, output: JobOutput): Promise<JobState | undefined> {
  const { workspace, jobRunId, control } = options;
  const { signal, killSignal } = control;
  const follow = follower(options, output);
  try {
    return await follow(signal);
  } catch (error) {
    if (!isAppError(error, "CANCELLED")) throw error;
  }
  await workspace.jobs.cancelRun(jobRunId);
  const late = AbortSignal.timeout(CANCEL_MS_MAX);
  return await follow(killSignal === undefined ? late : AbortSignal.any([late, killSignal])).catch(
    (error: unknown) => {
      if (!isAppError(error, "CANCELLED")) throw error;
      return undefined;
    },
  );
}

type Follow = (signal: AbortSignal | undefined) => Promise<JobState>;

/** A short outage of the workspace, or of the way there, ends no job. */
function follower({ workspace, jobRunId, state, control }: FollowJobOptions, output: JobOutput): Follow {
  let told = state;
  let reachedAtMs = Date.now();
  const onState = (next: JobState): void => {
    reachedAtMs = Date.now();
    if (next.lifeCycleState !== told.lifeCycleState) control.onJobState?.(next);
    told = next;
  };
  return async (signal) => {
    for (;;) {
      try {
        output.restart();
        const run = await followJobRun(workspace.jobs, jobRunId, {
          signal,
          pauseMaxMs: PAUSE_MS_MAX,
          onState: (each) => onState(jobStateOf(each)),
          onOutput: (text, stream) => output.take(text, stream),
        });
        return jobStateOf(run);
      } catch (error) {
        if (!isOutage(error) || Date.now() - reachedAtMs > OUTAGE_MS_MAX) throw error;
      }
      await sleep(PAUSE_MS_MAX, signal);
    }
  };
}

function isOutage(error: unknown): boolean {
  return isAppError(error, "TEMPORARILY_UNAVAILABLE") || isAppError(error, "DEADLINE_EXCEEDED");
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
