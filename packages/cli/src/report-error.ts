import { isAppError, messageOf } from "@flightdeck/core";
import { CommanderError } from "commander";
import { inspect } from "node:util";

/** Exit codes. 2 for wrong usage is also what click uses, on which MLflow's command line is based. */
export const EXIT = { ok: 0, error: 1, usage: 2, interrupted: 130 } as const;

/** Prints an error as one line on stderr and returns the exit code. All errors of the command end up here. */
export function reportError(error: unknown, { isVerbose }: { readonly isVerbose: boolean }): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // Already printed.
  process.stderr.write(`flightdeck: ${lineOf(error)}\n`);
  if (isVerbose || process.env["FLIGHTDECK_DEBUG"]) process.stderr.write(`${inspect(error)}\n`);
  return isAppError(error, "CANCELLED") ? EXIT.interrupted : EXIT.error;
}

/** Formats commander's own error messages. */
export function usageErrorLine(text: string): string {
  return `flightdeck: ${oneLine(text.replace(/^error: /, ""))}\n`;
}

function lineOf(error: unknown): string {
  const message = oneLine(messageOf(error));
  if (isAppError(error)) return message;
  if (isSystemError(error)) return systemMessage(message);
  return `unexpected error: ${message} (a bug; FLIGHTDECK_DEBUG=1 shows where)`;
}

/** Whether the operating system reported the error, such as a full disk or missing permissions. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/**
 * Rewrites Node's messages about files in the usual form: "x: no such file or directory" instead of "ENOENT: no such
 * file or directory, open 'x'". Returns other messages unchanged.
 */
export function systemMessage(message: string): string {
  const [, reason, path] = /^E[A-Z]+: ([a-z ]+), [a-z]+ '([^']+)'$/.exec(message) ?? [];
  return reason === undefined || path === undefined ? message : `${path}: ${reason}`;
}

function oneLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join(" ");
}
