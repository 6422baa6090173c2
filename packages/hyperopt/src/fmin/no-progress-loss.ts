import { AppError } from "@flightdeck/core";
import { JOB_STATE_DONE } from "../trials/states.ts";
import type { Trials } from "../trials/trials.ts";
import type { EarlyStopFn } from "./fmin-options.ts";

/**
 * An `earlyStopFn` that stops after `iterationStopCount` iterations without an improvement. An improvement is a loss less than
 * `best − |best · percentIncrease / 100|`. As in hyperopt, the first iteration counts as one without progress. So does a trial
 * without a loss.
 *
 * @example
 * ```ts
 * await fmin({ fn, space, earlyStopFn: noProgressLoss(20), maxEvals: 1000 });
 * ```
 */
export function noProgressLoss(iterationStopCount = 20, percentIncrease = 0): EarlyStopFn {
  if (!Number.isInteger(iterationStopCount) || iterationStopCount < 1) {
    throw invalid("iterationStopCount", "an integer of at least 1", iterationStopCount);
  }
  if (!Number.isFinite(percentIncrease) || percentIncrease < 0) {
    throw invalid("percentIncrease", "0 or more", percentIncrease);
  }
  return (trials, best, count) => {
    const state = { best: asNumber(best), count: asNumber(count) ?? 0 };
    const next = advance(state, lastLoss(trials), percentIncrease);
    const isFirst = best === undefined && count === undefined;
    return [!isFirst && next.count >= iterationStopCount, [next.best, next.count]];
  };
}

type Progress = { readonly best: number | undefined; readonly count: number };

function advance({ best, count }: Progress, loss: number | undefined, percentIncrease: number): Progress {
  if (best === undefined) return { best: loss, count: count + 1 };
  const threshold = best - Math.abs((best * percentIncrease) / 100);
  if (loss !== undefined && loss < threshold) return { best: loss, count: 0 };
  return { best, count: count + 1 };
}

/** The loss of the trial that ended last. It is near the end of the journal, so finding it does not depend on its length. */
function lastLoss({ journal }: Trials): number | undefined {
  const last = journal.findLast(({ state }) => state === JOB_STATE_DONE);
  const loss = last?.result.loss;
  return loss === undefined || Number.isNaN(loss) ? undefined : loss;
}

function asNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function invalid(name: string, allowed: string, got: number): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${name} must be ${allowed}, got ${got}`);
}
