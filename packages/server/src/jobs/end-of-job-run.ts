import { AppError, messageOf } from "@flightdeck/core";
import type { EndedJobRunState } from "@flightdeck/store";
import type { ExecutionEnd } from "./execution/execution.ts";

/** Why a job run stops before its task ends. */
export type StopReason =
  | { readonly kind: "cancelled"; readonly message: string }
  | { readonly kind: "timed out"; readonly seconds: number }
  /** This server is closing; the task continues. */
  | { readonly kind: "closing" }
  /** Another server has taken over the run. */
  | { readonly kind: "taken over" };

/** The final state of a run whose task has ended. `note` describes how its cluster maps to this machine. */
export function stateOfEnd(end: ExecutionEnd, note: string): EndedJobRunState {
  if (end.kind === "lost") return lostState(end.reason, note);
  if (end.exitCode === 0) {
    return { lifeCycleState: "TERMINATED", resultState: "SUCCESS", stateMessage: note };
  }
  const [last = ""] = end.lastLines.filter((line) => line.trim() !== "").slice(-1);
  const message = `The task ended with exit code ${end.exitCode}${last === "" ? "." : `: ${cut(last)}`}`;
  return failed(joined(message, note));
}

export function lostState(reason: string, note: string): EndedJobRunState {
  return {
    lifeCycleState: "INTERNAL_ERROR",
    resultState: "FAILED",
    stateMessage: joined(`The run is lost: ${reason}.`, note),
  };
}

export function stateOfStop(
  reason: Extract<StopReason, { kind: "cancelled" | "timed out" }>,
  note: string,
): EndedJobRunState {
  if (reason.kind === "cancelled") {
    return {
      lifeCycleState: "TERMINATED",
      resultState: "CANCELED",
      stateMessage: joined(reason.message, note),
    };
  }
  const message = `The run was ended at its timeout of ${reason.seconds} seconds (timeout_seconds).`;
  return { lifeCycleState: "TERMINATED", resultState: "TIMEDOUT", stateMessage: joined(message, note) };
}

/** An error that the caller can fix fails the run; any other is an internal error. */
export function stateOfError(error: unknown, note: string): EndedJobRunState {
  if (error instanceof AppError && error.code !== "INTERNAL_ERROR")
    return failed(joined(error.message, note));
  return {
    lifeCycleState: "INTERNAL_ERROR",
    resultState: "FAILED",
    stateMessage: joined(`The server could not run the task: ${messageOf(error)}`, note),
  };
}

/** A program may print a whole document in one line. */
const LINE_CHARS_MAX = 500;

function cut(line: string): string {
  return line.length > LINE_CHARS_MAX ? `${line.slice(0, LINE_CHARS_MAX)}…` : line;
}

function failed(stateMessage: string): EndedJobRunState {
  return { lifeCycleState: "TERMINATED", resultState: "FAILED", stateMessage };
}

function joined(message: string, note: string): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return note === "" ? sentence : `${sentence} ${note}`;
}
