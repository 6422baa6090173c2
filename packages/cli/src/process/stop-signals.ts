import { type Clock, systemClock } from "@flightdeck/core";

/** What the user may stop a command with. */
export type StopSignals = {
  /** Fires at the first signal: stop politely. */
  readonly signal: AbortSignal;
  /** Fires at the second: stop at once. */
  readonly killSignal: AbortSignal;
  /** The first signal that came. */
  received(): NodeJS.Signals | undefined;
  /** Gives signals back to Node. */
  dispose(): void;
};

const WATCHED: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * One Ctrl-C may arrive twice: the terminal signals every process of the group, and npm or a starter passes on its own
 * besides. A person's second press comes later than this.
 */
const SAME_PRESS_MS = 500;

/** Watches for signals until disposed. */
export function watchStopSignals(clock: Clock = systemClock): StopSignals {
  const [polite, kill] = [new AbortController(), new AbortController()];
  let first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const atMs = clock.nowMs();
    if (first === undefined) {
      first = { signal, atMs };
      polite.abort();
    } else if (atMs - first.atMs >= SAME_PRESS_MS) {
      kill.abort();
    }
  };
  for (const signal of WATCHED) process.on(signal, onSignal);
  return {
    signal: polite.signal,
    killSignal: kill.signal,
    received: () => first?.signal,
    dispose: () => {
      for (const signal of WATCHED) process.off(signal, onSignal);
    },
  };
}

/** Resolves when the signal fires. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
