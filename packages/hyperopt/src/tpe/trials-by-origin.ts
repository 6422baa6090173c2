import type { Trial } from "../trials/trial.ts";

/**
 * The trials in the order of their tids. Several trials of one origin (`misc.fromTid`) count as one, at the origin's
 * place: the one with the lowest loss, the last among equals.
 */
export function trialsByOrigin(trials: readonly Trial[]): readonly Trial[] {
  if (isOrdered(trials)) return trials;
  const best = new Map<number, Trial>();
  for (const trial of trials) {
    const origin = originOf(trial);
    const known = best.get(origin);
    if (known === undefined || lossOf(trial) <= lossOf(known)) best.set(origin, trial);
  }
  return [...best.entries()].sort(([a], [b]) => a - b).map(([, trial]) => trial);
}

function isOrdered(trials: readonly Trial[]): boolean {
  let previous = -1;
  for (const trial of trials) {
    if (trial.misc.fromTid !== undefined || trial.tid <= previous) return false;
    previous = trial.tid;
  }
  return true;
}

function originOf(trial: Trial): number {
  return trial.misc.fromTid ?? trial.tid;
}

function lossOf({ result: { loss } }: Trial): number {
  return loss === undefined || Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
}
