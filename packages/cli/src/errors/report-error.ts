import { isAppError, messageOf } from "@flightdeck/core";
import { CommanderError } from "commander";
import { inspect } from "node:util";

/** Exit codes: click, which MLflow's command line is made with, uses 2 for wrong usage too. */
const EXIT = { ok: 0, error: 1, usage: 2, interrupted: 130 } as const;

/** The one place that turns errors into a line on stderr and an exit code. */
export function reportError(error: unknown, { isVerbose }: { readonly isVerbose: boolean }): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // Already shown.
  process.stderr.write(`flightdeck: ${lineOf(error)}\n`);
  if (isVerbose || process.env["FLIGHTDECK_DEBUG"]) process.stderr.write(`${inspect(error)}\n`);
  return isAppError(error, "CANCELLED") ? EXIT.interrupted : EXIT.error;
}

/** How commander's own complaints are shown. */
export function usageErrorLine(text: string): string {
  return `flightdeck: ${oneLine(text.replace(/^error: /, ""))}\n`;
}

function lineOf(error: unknown): string {
  const message = oneLine(messageOf(error));
  if (isAppError(error) || isSystemError(error)) return message;
  return `unexpected error: ${message} (a bug; FLIGHTDECK_DEBUG=1 shows where)`;
}

/** Errors of the operating system name the call and the path: a full disk, a folder without permission. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "code" in error;
}

function oneLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").join(" ");
}
