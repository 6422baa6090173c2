import { AppError } from "@flightdeck/core";
import type { Trial, TrialReport } from "../trials/trial.ts";

/**
 * Returns whether to prune a running trial, judging by its reports and those of all visible trials. Reports are losses: smaller is
 * better, and NaN is worse than any number.
 */
export type Pruner = (trial: Trial, trials: readonly Trial[]) => boolean;

/** See `medianPruner`. */
export type MedianPrunerOptions = {
  /** Do not prune until this many other trials have reported. Default 5. */
  readonly nStartupTrials?: number | undefined;
  /** Do not prune before this step. Default 0. */
  readonly nWarmupSteps?: number | undefined;
};

/**
 * Prunes a trial whose best report so far is worse than the median of the others' best reports up to the same step (the rule of
 * Google Vizier: Golovin et al. 2017, "Google Vizier: a service for black-box optimization").
 */
export function medianPruner({ nStartupTrials = 5, nWarmupSteps = 0 }: MedianPrunerOptions = {}): Pruner {
  checkCount("nStartupTrials", nStartupTrials, 1);
  checkCount("nWarmupSteps", nWarmupSteps, 0);
  return (trial, trials) => {
    const last = trial.misc.reports?.at(-1);
    if (last === undefined || last.step < nWarmupSteps) return false;
    const others = bestOfOthers(trial, trials, last.step);
    return others.length >= nStartupTrials && bestUntil(trial, last.step) > median(others);
  };
}

/** See `successiveHalvingPruner`. */
export type SuccessiveHalvingOptions = {
  /** The step of the first rung. Default 1. */
  readonly minResource?: number | undefined;
  /** Each rung is at this many times the step of the previous one and keeps one in this many trials. Default 4. */
  readonly reductionFactor?: number | undefined;
};

/**
 * Asynchronous successive halving (Li et al. 2020, "A system for massively parallel hyperparameter tuning", algorithm 2 in its
 * stopping form): at the steps r, r·η, r·η², … a trial continues if it is in the best 1/η of all that got there.
 */
export function successiveHalvingPruner(options: SuccessiveHalvingOptions = {}): Pruner {
  const { minResource = 1, reductionFactor = 4 } = options;
  checkCount("minResource", minResource, 1);
  checkCount("reductionFactor", reductionFactor, 2);
  return (trial, trials) => {
    const rung = rungOf(trial, minResource, reductionFactor);
    if (rung === undefined) return false;
    const others = bestOfOthers(trial, trials, rung).toSorted((a, b) => a - b);
    const keptCount = Math.max(1, Math.floor((others.length + 1) / reductionFactor));
    // The first trials to reach a rung have nothing to be compared with, and continue.
    return others.length >= keptCount && bestUntil(trial, rung) > (others[keptCount - 1] ?? Number.NaN);
  };
}

/** See `hyperbandPruner`. */
export type HyperbandOptions = SuccessiveHalvingOptions & {
  /** The step at which a trial is complete. */
  readonly maxResource: number;
};

/**
 * Hyperband (Li et al. 2018): several successive halvings, called brackets, that start pruning at different steps. The id of a
 * trial decides its bracket, and it competes only within it, so that good trials that start slowly have a chance too.
 */
export function hyperbandPruner(options: HyperbandOptions): Pruner {
  const { minResource = 1, reductionFactor = 3, maxResource } = options;
  checkCount("maxResource", maxResource, minResource);
  const bracketCount = 1 + Math.floor(Math.log(maxResource / minResource) / Math.log(reductionFactor) + 1e-9);
  const brackets = Array.from({ length: bracketCount }, (_, bracket) =>
    successiveHalvingPruner({ minResource: minResource * reductionFactor ** bracket, reductionFactor }),
  );
  const bracketOf = ({ tid }: Trial): number => tid % bracketCount;
  return (trial, trials) => {
    const bracket = bracketOf(trial);
    const peers = trials.filter((other) => bracketOf(other) === bracket);
    return brackets[bracket]?.(trial, peers) ?? false;
  };
}

/** The rung that the last report reached, if it is the first report of the trial at that rung. */
function rungOf({ misc: { reports = [] } }: Trial, minResource: number, factor: number): number | undefined {
  const last = reports.at(-1);
  if (last === undefined || last.step < minResource) return undefined;
  const power = Math.floor(Math.log(last.step / minResource) / Math.log(factor) + 1e-9);
  const rung = minResource * factor ** power;
  const before = reports.at(-2);
  return before !== undefined && before.step >= rung ? undefined : last.step;
}

/** The best reports up to a step of all other trials that reached the step. */
function bestOfOthers(trial: Trial, trials: readonly Trial[], step: number): number[] {
  const arrived = trials.filter((other) => other !== trial && lastStep(other) >= step);
  return arrived.map((other) => bestUntil(other, step));
}

function lastStep({ misc }: Trial): number {
  return misc.reports?.at(-1)?.step ?? Number.NEGATIVE_INFINITY;
}

function bestUntil({ misc: { reports = [] } }: Trial, step: number): number {
  return reports.reduce(
    (best, report) => (report.step > step ? best : Math.min(best, lossOf(report))),
    Infinity,
  );
}

function lossOf({ value }: TrialReport): number {
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function checkCount(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  const message = `${name} must be an integer of at least ${min}, got ${value}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}
