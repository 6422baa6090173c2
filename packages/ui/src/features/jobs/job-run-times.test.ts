import { describe, expect, it } from "vitest";
import { jobRunTimes } from "./job-run-times.ts";

const run = {
  start_time: 1000,
  queue_duration: 500,
  setup_duration: 2000,
  execution_duration: 0,
  end_time: 0,
};
const state = { state_message: "", user_cancelled_or_timedout: false };

describe("jobRunTimes", () => {
  it.each([
    ["QUEUED", { queueMs: 9000, totalMs: 9000 }],
    ["PENDING", { queueMs: 500, setupMs: 8500, totalMs: 9000 }],
    ["RUNNING", { queueMs: 500, setupMs: 2000, executionMs: 6500, totalMs: 9000 }],
    ["TERMINATING", { queueMs: 500, setupMs: 2000, executionMs: 6500, totalMs: 9000 }],
  ])("lets the present phase of a run that is %s grow", (lifeCycle, times) => {
    const wire = { ...run, state: { ...state, life_cycle_state: lifeCycle } };
    expect(jobRunTimes(wire, 10_000)).toEqual(times);
  });

  it("gives what the server measured once it has ended", () => {
    const ended = { ...state, life_cycle_state: "TERMINATED", result_state: "SUCCESS" };
    const wire = { ...run, execution_duration: 3000, end_time: 6500, state: ended };
    expect(jobRunTimes(wire, 99_999)).toEqual({
      queueMs: 500,
      setupMs: 2000,
      executionMs: 3000,
      totalMs: 5500,
    });
  });

  it("is never negative where two clocks differ", () => {
    const wire = { ...run, state: { ...state, life_cycle_state: "QUEUED" } };
    expect(jobRunTimes(wire, 0)).toEqual({ queueMs: 0, totalMs: 0 });
  });
});
