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
let isEnding = false;

/** While any run is open, SIGINT and SIGTERM mark all of them KILLED before the process ends. */
export function addOpenRun(run: OpenRun): void {
  if (openRuns.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal);
  openRuns.add(run);
}

export function removeOpenRun(run: OpenRun): void {
  openRuns.delete(run);
  if (openRuns.size === 0 && !isEnding) removeHandlers();
}

function removeHandlers(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** A second signal ends the process at once. */
function onSignal(signal: EndingSignal): void {
  if (isEnding) return endProcess(signal);
  isEnding = true;
  void killAll().then(() => endProcess(signal));
}

/** Innermost first: a nested run was opened after its parent. A run that cannot be marked does not keep the others. */
async function killAll(): Promise<void> {
  const signal = AbortSignal.timeout(KILL_TIMEOUT_MS);
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
  isEnding = false;
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
