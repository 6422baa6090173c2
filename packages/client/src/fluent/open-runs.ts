import { AppError } from "@flightdeck/core";
import { once } from "node:events";

/** A run to be marked KILLED when the process is interrupted. */
export type OpenRun = {
  /** Marks the run KILLED. */
  kill(signal: AbortSignal): Promise<void>;
};

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
type EndingSignal = (typeof SIGNALS)[number];

/** The user is waiting for the prompt. If the server does not answer in time, the runs stay RUNNING. */
const KILL_TIMEOUT_MS = 5000;

const openRuns = new Set<OpenRun>();
/** Runs that the server may already have created, but whose response has not arrived yet. */
const openingRuns = new Set<Promise<OpenRun>>();
let isEnding = false;

/** Opens a run. Until `closeRun`, SIGINT and SIGTERM mark it KILLED before the process exits. */
export async function openRun<TRun extends OpenRun>(open: () => Promise<TRun>): Promise<TRun> {
  if (isEnding) throw new AppError("CANCELLED", "the process is ending; cannot open a run");
  if (isIdle()) for (const signal of SIGNALS) process.on(signal, onSignal);
  const opening = open();
  openingRuns.add(opening);
  try {
    const run = await opening;
    openRuns.add(run);
    return run;
  } finally {
    openingRuns.delete(opening);
    if (isIdle()) removeHandlers();
  }
}

/** Call when the run has ended, so that signals no longer affect it. */
export function closeRun(run: OpenRun): void {
  openRuns.delete(run);
  if (isIdle()) removeHandlers();
}

function isIdle(): boolean {
  return openRuns.size === 0 && openingRuns.size === 0 && !isEnding;
}

function removeHandlers(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/**
 * Ignores further signals: a terminal and a supervisor (npm, a project's runner) often both pass on the same Ctrl-C,
 * and the wait has a timeout.
 */
function onSignal(signal: EndingSignal): void {
  if (isEnding) return;
  isEnding = true;
  void killAll().then(() => endProcess(signal));
}

/**
 * Innermost first, since nested runs were opened after their parents. A run that cannot be marked does not hold up the
 * others.
 */
async function killAll(): Promise<void> {
  const signal = AbortSignal.timeout(KILL_TIMEOUT_MS);
  await Promise.race([Promise.allSettled(openingRuns), once(signal, "abort")]);
  for (const run of [...openRuns].toReversed()) {
    try {
      await run.kill(signal);
    } catch (error) {
      process.emitWarning(`could not mark a run KILLED: ${String(error)}`);
    }
  }
}

/**
 * Without our handler the signal has its default effect, so that the parent process sees which signal ended this one.
 * If the program has its own handlers, they decide how it exits.
 */
function endProcess(signal: EndingSignal): void {
  removeHandlers();
  openRuns.clear();
  isEnding = false;
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
