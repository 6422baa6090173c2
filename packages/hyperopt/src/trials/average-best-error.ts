import { Random } from "@flightdeck/core";
import { hyperoptError } from "../hyperopt-error.ts";
import { STATUS_OK } from "./states.ts";
import type { TrialResult } from "./trial.ts";

/** The number of draws for estimating how likely each noisy loss is the smallest, as in hyperopt. */
const DRAW_COUNT = 1000;

/** A fixed seed, so that the same trials always give the same error. */
const SEED = 232342;

/**
 * The true loss of the best trial. If losses have a variance, the average of the true losses within three standard deviations of
 * the best, weighted by how likely each is the smallest.
 */
export function averageBestError(results: readonly TrialResult[]): number {
  const scored = results.filter((result) => result.status === STATUS_OK).map(toScore);
  scored.sort((a, b) => a.loss - b.loss || a.variance - b.variance || a.trueLoss - b.trueLoss);
  const [best] = scored;
  if (best === undefined) throw hyperoptError("AllTrialsFailed", "no trial has status ok");
  if (scored.every(({ variance }) => variance === 0)) return best.trueLoss;
  const cutoff = best.loss + 3 * Math.sqrt(best.variance);
  const near = scored.filter(({ loss }, rank) => rank === 0 || loss < cutoff);
  const wins = winCounts(near);
  return near.reduce((sum, { trueLoss }, rank) => sum + (trueLoss * (wins[rank] ?? 0)) / DRAW_COUNT, 0);
}

type Score = { readonly loss: number; readonly variance: number; readonly trueLoss: number };

function toScore({ loss = Number.NaN, lossVariance = 0, trueLoss = loss }: TrialResult): Score {
  return { loss, variance: lossVariance, trueLoss };
}

function winCounts(scores: readonly Score[]): number[] {
  const random = new Random(SEED);
  const counts = scores.map(() => 0);
  for (let draw = 0; draw < DRAW_COUNT; draw++) {
    const losses = scores.map(({ loss, variance }) => loss + Math.sqrt(variance) * random.nextNormal());
    const winner = losses.indexOf(Math.min(...losses));
    counts[winner] = (counts[winner] ?? 0) + 1;
  }
  return counts;
}
