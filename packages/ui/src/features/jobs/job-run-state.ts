import { ENDED_JOB_RUN_STATES, type JobRunWire } from "@flightdeck/protocol";
import type { StatusTone } from "../../components/status-badge.tsx";

/** As the wire has it: texts, since a workspace of Databricks knows more states than this project. */
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

/** How a state is shown: the result once there is one, else where the run is. */
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
