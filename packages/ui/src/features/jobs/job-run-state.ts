import { ENDED_JOB_RUN_STATES, type JobRunWire } from "@flightdeck/protocol";
import type { StatusTone } from "../../components/text.tsx";

/** Strings as in the API: a Databricks workspace has more states than we do. */
export type JobRunStateWire = JobRunWire["state"];
export type StateLook = readonly [tone: StatusTone, words: string];

const LIFE_CYCLE: Readonly<Record<string, StateLook>> = {
  QUEUED: ["neutral", "Queued"],
  PENDING: ["busy", "Pending"],
  RUNNING: ["busy", "Running"],
  TERMINATING: ["busy", "Terminating"],
  TERMINATED: ["neutral", "Terminated"],
  INTERNAL_ERROR: ["bad", "Internal error"],
  SKIPPED: ["neutral", "Skipped"],
};

const RESULTS: Readonly<Record<string, StateLook>> = {
  SUCCESS: ["good", "Succeeded"],
  FAILED: ["bad", "Failed"],
  TIMEDOUT: ["bad", "Timed out"],
  CANCELED: ["bad", "Cancelled"],
  MAXIMUM_CONCURRENT_RUNS_REACHED: ["bad", "Too many at once"],
};

/** How to show a state: the result if there is one, or else the current phase. */
export function jobRunStateLook({
  life_cycle_state: lifeCycle,
  result_state: result,
}: JobRunStateWire): StateLook {
  const known = lifeCycle === "TERMINATED" && result !== undefined ? RESULTS[result] : LIFE_CYCLE[lifeCycle];
  return known ?? ["neutral", result ?? lifeCycle];
}

export function hasEnded({ life_cycle_state: lifeCycle, result_state: result }: JobRunStateWire): boolean {
  const ended: readonly string[] = ENDED_JOB_RUN_STATES;
  return result !== undefined || ended.includes(lifeCycle);
}

/** Durations in milliseconds; undefined for a phase that has not begun. The current phase's duration keeps growing. */
export type JobRunTimes = {
  readonly queueMs?: number;
  readonly setupMs?: number;
  readonly executionMs?: number;
  readonly totalMs: number;
};

type TimesWire = Pick<
  JobRunWire,
  "start_time" | "queue_duration" | "setup_duration" | "execution_duration" | "end_time" | "state"
>;

/** How long a run was queued, set up and executed. The API reports a phase only once it is over. */
export function jobRunTimes(run: TimesWire, nowMs: number): JobRunTimes {
  const { start_time: startMs, queue_duration: queueMs, setup_duration: setupMs } = run;
  if (hasEnded(run.state)) {
    const totalMs = Math.max(0, run.end_time - startMs);
    return { queueMs, setupMs, executionMs: run.execution_duration, totalMs };
  }
  const totalMs = Math.max(0, nowMs - startMs);
  const since = (earlierMs: number): number => Math.max(0, totalMs - earlierMs);
  switch (run.state.life_cycle_state) {
    case "QUEUED":
      return { queueMs: totalMs, totalMs };
    case "PENDING":
      return { queueMs, setupMs: since(queueMs), totalMs };
    default:
      return { queueMs, setupMs, executionMs: since(queueMs + setupMs), totalMs };
  }
}

/** A run's name, or its number if it has none. */
export function jobRunName({ run_name: name, run_id: id }: Pick<JobRunWire, "run_name" | "run_id">): string {
  return name.trim() === "" ? `Job run ${id}` : name;
}
