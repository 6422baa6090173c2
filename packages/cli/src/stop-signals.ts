import { type Clock, systemClock } from "@flightdeck/core";

/** The signals with which the user stops a command. */
export type StopSignals = {
  /** Aborted by the first signal: stop gracefully. */
  readonly signal: AbortSignal;
  /** Aborted by the second signal: stop immediately. */
  readonly killSignal: AbortSignal;
  /** The first signal received. */
  received(): NodeJS.Signals | undefined;
  /** Restores Node's default signal handling. */
  dispose(): void;
};

const WATCHED: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * One Ctrl-C may arrive twice: the terminal signals every process of the group, and npm or a launcher also forwards its
 * own signal. People take longer than this to press again.
 */
const SAME_PRESS_MS = 500;

/** Watches for stop signals until disposed. */
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
