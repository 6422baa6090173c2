import type { JobRunWire } from "@flightdeck/protocol";
import { hasEnded } from "./job-run-state.ts";

/** Spans in milliseconds; undefined for a phase that has not begun. The one that goes on grows with the time. */
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

/** How long a run waited, was prepared and ran. The wire tells of a phase when it is over. */
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
