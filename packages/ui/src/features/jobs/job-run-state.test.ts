import { describe, expect, test } from "vitest";
import { hasEnded, jobRunStateLook, type JobRunStateWire, jobRunTimes } from "./job-run-state.ts";

const state = (lifeCycle: string, result?: string): JobRunStateWire => ({
  life_cycle_state: lifeCycle,
  ...(result !== undefined && { result_state: result }),
  state_message: "",
  user_cancelled_or_timedout: false,
});

describe("jobRunStateLook", () => {
  test.each([
    [state("QUEUED"), ["neutral", "Queued"], false],
    [state("RUNNING"), ["busy", "Running"], false],
    [state("TERMINATING"), ["busy", "Terminating"], false],
    [state("TERMINATED", "SUCCESS"), ["good", "Succeeded"], true],
    [state("TERMINATED", "CANCELED"), ["bad", "Cancelled"], true],
    [state("INTERNAL_ERROR", "FAILED"), ["bad", "Internal error"], true],
    [state("SKIPPED"), ["neutral", "Skipped"], true],
    [state("WAITING_FOR_RETRY"), ["neutral", "WAITING_FOR_RETRY"], false],
    [state("TERMINATED", "EXCLUDED"), ["neutral", "EXCLUDED"], true],
  ])("%j is shown as %j", (wire, look, ended) => {
    expect(jobRunStateLook(wire)).toEqual(look);
    expect(hasEnded(wire)).toBe(ended);
  });
});

const run = {
  start_time: 1000,
  queue_duration: 500,
  setup_duration: 2000,
  execution_duration: 0,
  end_time: 0,
};
const stateFacts = { state_message: "", user_cancelled_or_timedout: false };

describe("jobRunTimes", () => {
  test.each([
    ["QUEUED", { queueMs: 9000, totalMs: 9000 }],
    ["PENDING", { queueMs: 500, setupMs: 8500, totalMs: 9000 }],
    ["RUNNING", { queueMs: 500, setupMs: 2000, executionMs: 6500, totalMs: 9000 }],
    ["TERMINATING", { queueMs: 500, setupMs: 2000, executionMs: 6500, totalMs: 9000 }],
  ])("counts time towards the current phase of a run that is %s", (lifeCycle, times) => {
    const wire = { ...run, state: { ...stateFacts, life_cycle_state: lifeCycle } };
    expect(jobRunTimes(wire, 10_000)).toEqual(times);
  });

  test("uses the server's durations once the run has ended", () => {
    const ended = { ...stateFacts, life_cycle_state: "TERMINATED", result_state: "SUCCESS" };
    const wire = { ...run, execution_duration: 3000, end_time: 6500, state: ended };
    expect(jobRunTimes(wire, 99_999)).toEqual({
      queueMs: 500,
      setupMs: 2000,
      executionMs: 3000,
      totalMs: 5500,
    });
  });

  test("is never negative where two clocks differ", () => {
    const wire = { ...run, state: { ...stateFacts, life_cycle_state: "QUEUED" } };
    expect(jobRunTimes(wire, 0)).toEqual({ queueMs: 0, totalMs: 0 });
  });
});
