import type { ProcessExit } from "@flightdeck/compute";
import { isAppError, sleep } from "@flightdeck/core";
import type { JobControl } from "../project-backend.ts";
import { JobLog } from "./job-log.ts";
import type { JobRunFacts, JobWorkspace } from "./job-workspace.ts";

export type FollowJobOptions = {
  readonly workspace: JobWorkspace;
  readonly jobRunId: number;
  /** As it was when it was submitted. */
  readonly state: JobRunFacts["state"];
  readonly control: JobControl;
  /** Milliseconds between two looks. */
  readonly pollMs?: number;
};

/** Soon enough for output to feel live; a workspace takes many more requests than one a second. */
const POLL_MS = 1_000;
/** A workspace that cannot be reached for so long is given up on. Its job goes on. */
const OUTAGE_MS_MAX = 10 * 60_000;
/** A cancelled job ends within seconds; releasing its cluster is not waited for. */
const CANCEL_MS_MAX = 60_000;

/**
 * Waits until a job has ended, tells each of its states once and its output as it comes. Cancelling cancels the job and
 * waits for its end, at most a minute, and not at all when it is to stop at once.
 */
export async function followJob(options: FollowJobOptions): Promise<ProcessExit> {
  const { workspace, jobRunId, control, pollMs = POLL_MS } = options;
  const log = new JobLog(workspace, jobRunId, control);
  let { state } = options;
  let stopAtMs = Infinity;
  control.onJobState?.(state);
  for (;;) {
    await log.pump(state);
    if (state.hasEnded) return exitOf(jobRunId, state, log.lastLines());
    if (control.killSignal?.aborted || Date.now() >= stopAtMs) return gaveUp(jobRunId, log.lastLines());
    if (control.signal?.aborted && stopAtMs === Infinity) {
      await workspace.cancel(jobRunId);
      stopAtMs = Date.now() + CANCEL_MS_MAX;
    }
    await pause(pollMs, stopAtMs === Infinity ? control.signal : control.killSignal);
    const { state: next } = await lookAt(workspace, jobRunId, pollMs);
    if (isNews(next, state)) control.onJobState?.(next);
    state = next;
  }
}

/** A short outage of the workspace, or of the way there, ends no job. */
async function lookAt(
  workspace: JobWorkspace,
  jobRunId: number,
  pollMs: number,
): ReturnType<JobWorkspace["getRun"]> {
  const giveUpAtMs = Date.now() + OUTAGE_MS_MAX;
  for (;;) {
    try {
      return await workspace.getRun(jobRunId);
    } catch (error) {
      const isOutage = isAppError(error, "TEMPORARILY_UNAVAILABLE") || isAppError(error, "DEADLINE_EXCEEDED");
      if (!isOutage || Date.now() >= giveUpAtMs) throw error;
    }
    await sleep(pollMs);
  }
}

function isNews(state: JobRunFacts["state"], last: JobRunFacts["state"]): boolean {
  return (
    state.lifeCycleState !== last.lifeCycleState ||
    state.resultState !== last.resultState ||
    state.message !== last.message
  );
}

/** A job tells no exit code. */
function exitOf(jobRunId: number, state: JobRunFacts["state"], lines: readonly string[]): ProcessExit {
  if (state.resultState === "SUCCESS") return { code: 0, signal: null, lastLines: lines };
  const result = state.resultState ?? state.lifeCycleState;
  const reason = `job run ${jobRunId} ended with ${result}${state.message === "" ? "" : `: ${state.message}`}`;
  return { code: 1, signal: null, lastLines: [...lines, reason] };
}

function gaveUp(jobRunId: number, lines: readonly string[]): ProcessExit {
  return {
    code: 1,
    signal: null,
    lastLines: [...lines, `job run ${jobRunId} was told to stop, and may still run`],
  };
}

/** Ends early when the signal fires. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, signal).catch((error: unknown) => {
    if (!isAppError(error, "CANCELLED")) throw error;
  });
}
