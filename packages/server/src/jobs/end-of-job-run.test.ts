import { AppError } from "@flightdeck/core";
import { expect, test } from "vitest";
import { stateOfEnd, stateOfError, stateOfStop } from "./end-of-job-run.ts";

test("the final state includes the note about the cluster", () => {
  expect(stateOfEnd({ kind: "exited", exitCode: 0, lastLines: ["x"] }, "Note.")).toEqual({
    lifeCycleState: "TERMINATED",
    resultState: "SUCCESS",
    stateMessage: "Note.",
  });
  expect(stateOfEnd({ kind: "exited", exitCode: 2, lastLines: ["a", "b", " "] }, "Note.").stateMessage).toBe(
    "The task ended with exit code 2: b. Note.",
  );
  expect(stateOfEnd({ kind: "exited", exitCode: 137, lastLines: [] }, "").stateMessage).toBe(
    "The task ended with exit code 137.",
  );
  const long = stateOfEnd({ kind: "exited", exitCode: 1, lastLines: ["x".repeat(9000)] }, "");
  expect(long.stateMessage.length).toBeLessThan(600);
});

test("a lost run and a server fault are internal errors; a caller's mistake is a failure", () => {
  expect(stateOfEnd({ kind: "lost", reason: "power cut" }, "")).toEqual({
    lifeCycleState: "INTERNAL_ERROR",
    resultState: "FAILED",
    stateMessage: "The run is lost: power cut.",
  });
  expect(stateOfError(new TypeError("oops"), "")).toMatchObject({ lifeCycleState: "INTERNAL_ERROR" });
  expect(stateOfError(new AppError("INVALID_PARAMETER_VALUE", "no such package"), "Note.")).toEqual({
    lifeCycleState: "TERMINATED",
    resultState: "FAILED",
    stateMessage: "no such package. Note.",
  });
});

test("a stop says who or what stopped it", () => {
  expect(stateOfStop({ kind: "cancelled", message: "Run cancelled by ann." }, "Note.")).toEqual({
    lifeCycleState: "TERMINATED",
    resultState: "CANCELED",
    stateMessage: "Run cancelled by ann. Note.",
  });
  expect(stateOfStop({ kind: "timed out", seconds: 5 }, "")).toMatchObject({ resultState: "TIMEDOUT" });
});
