import { describe, expect, it } from "vitest";
import { hasEnded, jobRunStateLook, type JobRunStateWire } from "./job-run-state.ts";

const state = (lifeCycle: string, result?: string): JobRunStateWire => ({
  life_cycle_state: lifeCycle,
  ...(result !== undefined && { result_state: result }),
  state_message: "",
  user_cancelled_or_timedout: false,
});

describe("jobRunStateLook", () => {
  it.each([
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
