import { AppError, messageOf } from "@flightdeck/core";
import type { EndedJobRunState } from "@flightdeck/store";
import type { ExecutionEnd } from "./execution/execution.ts";

/** Why a run is to end before its task does. */
export type StopReason =
  | { readonly kind: "cancelled"; readonly message: string }
  | { readonly kind: "timed out"; readonly seconds: number }
  /** This server ends; the task goes on. */
  | { readonly kind: "closing" }
  /** Another server has taken the run over. */
  | { readonly kind: "taken over" };

/** How a run whose task has ended is called. `note` is what became of its cluster's definition. */
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
  const message = `The run was ended at its bound of ${reason.seconds} seconds (timeout_seconds).`;
  return { lifeCycleState: "TERMINATED", resultState: "TIMEDOUT", stateMessage: joined(message, note) };
}

/** What the caller could have done better fails the run; anything else is this server's fault. */
export function stateOfError(error: unknown, note: string): EndedJobRunState {
  if (error instanceof AppError && error.code !== "INTERNAL_ERROR")
    return failed(joined(error.message, note));
  return {
    lifeCycleState: "INTERNAL_ERROR",
    resultState: "FAILED",
    stateMessage: joined(`The server could not run the task: ${messageOf(error)}`, note),
  };
}

/** One line of a program may be a whole document. */
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
