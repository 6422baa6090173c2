import type { Trials } from "../trials/trials.ts";

/**
 * Decides after each iteration whether the search stops. It gets back, spread after the trials, the state that it
 * returned the time before; nothing the first time.
 */
export type EarlyStopFn = (
  trials: Trials,
  ...state: unknown[]
) => readonly [stop: boolean, state: readonly unknown[]];
