import { AppError } from "@flightdeck/core";
import { once } from "node:events";

/** A run that ends with this process. */
export type OpenRun = {
  /** Marks the run KILLED. */
  kill(signal: AbortSignal): Promise<void>;
};

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
type EndingSignal = (typeof SIGNALS)[number];

/** Someone waits for the prompt: a server that does not answer within this keeps its runs RUNNING. */
const KILL_TIMEOUT_MS = 5000;

const openRuns = new Set<OpenRun>();
/** Runs that the server may have created already, though their answer is not here yet. */
const openingRuns = new Set<Promise<OpenRun>>();
let isEnding = false;

/** Opens a run. Until `closeRun`, SIGINT and SIGTERM mark it KILLED before the process ends. */
export async function openRun<TRun extends OpenRun>(open: () => Promise<TRun>): Promise<TRun> {
  if (isEnding) throw new AppError("CANCELLED", "the process is ending, so no run is opened");
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

/** The run has ended; signals do not concern it any more. */
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
 * Further signals change nothing: a terminal and a supervisor (npm, a project's runner) often pass on the same Ctrl-C, and
 * the wait has its bound.
 */
function onSignal(signal: EndingSignal): void {
  if (isEnding) return;
  isEnding = true;
  void killAll().then(() => endProcess(signal));
}

/** Innermost first: a nested run was opened after its parent. A run that cannot be marked does not keep the others. */
async function killAll(): Promise<void> {
  const signal = AbortSignal.timeout(KILL_TIMEOUT_MS);
  await Promise.race([Promise.allSettled(openingRuns), once(signal, "abort")]);
  for (const run of [...openRuns].toReversed()) {
    try {
      await run.kill(signal);
    } catch (error) {
      process.emitWarning(`a run could not be marked KILLED: ${String(error)}`);
    }
  }
}

/**
 * Without our handler the signal has its usual effect, so that the parent sees which signal ended the process. Where
 * the program has handlers of its own, how it ends is theirs to say.
 */
function endProcess(signal: EndingSignal): void {
  removeHandlers();
  openRuns.clear();
  isEnding = false;
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
