import { constants } from "node:os";

/** How a process ended: by its own exit code, or by a signal. Exactly one of the two is null. */
export type ProcessExit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to the piped outputs, oldest first; bounded. For error messages. */
  readonly lastLines: readonly string[];
};

/** Shells report a death by signal as 128 plus the signal's number (POSIX, "Exit Status for Commands"). */
const SIGNAL_EXIT_BASE = 128;

/**
 * The exit code that a shell would show for the process: 0..255.
 *
 * @example
 * ```ts
 * exitCodeOf({ code: null, signal: "SIGKILL", lastLines: [] }); // 137
 * ```
 */
export function exitCodeOf(exit: ProcessExit): number {
  if (exit.code !== null) return exit.code;
  return SIGNAL_EXIT_BASE + (exit.signal === null ? 0 : constants.signals[exit.signal]);
}
