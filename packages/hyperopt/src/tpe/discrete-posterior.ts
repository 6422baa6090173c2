import type { Random } from "@flightdeck/core";
import { drawPrior } from "../space/draw-prior.ts";
import type { DiscretePrior } from "../space/prior.ts";
import type { Observations } from "./observations.ts";

/** Weighted counts of the observed categories, added to a prior. Only observed categories take memory. */
export type DiscretePosterior = {
  readonly prior: DiscretePrior;
  /** The sum of the forgetting weights of each observed category. */
  readonly counts: ReadonlyMap<number, number>;
  readonly observedWeight: number;
  /** The total weight of the prior. */
  readonly priorWeight: number;
};

/** The probability of category k of K is proportional to its weighted count plus K · `priorWeight` times its prior probability. */
export function discretePosterior(
  prior: DiscretePrior,
  observations: Observations,
  priorWeight: number,
): DiscretePosterior {
  const counts = new Map<number, number>();
  let observedWeight = 0;
  observations.values.forEach((category, i) => {
    const weight = observations.weights[i] ?? 0;
    counts.set(category, (counts.get(category) ?? 0) + weight);
    observedWeight += weight;
  });
  return { prior, counts, observedWeight, priorWeight: priorWeight * categoryCount(prior) };
}

/** The log probability of a category. −∞ outside the prior's set. */
export function logProbability(posterior: DiscretePosterior, category: number): number {
  const { prior, counts, observedWeight, priorWeight } = posterior;
  const weight = (counts.get(category) ?? 0) + priorWeight * priorProbability(prior, category);
  return Math.log(weight / (observedWeight + priorWeight));
}

/** Draws a category. */
export function drawCategory(posterior: DiscretePosterior, random: Random): number {
  const { prior, counts, observedWeight, priorWeight } = posterior;
  let remaining = random.nextFloat() * (observedWeight + priorWeight);
  for (const [category, weight] of counts) {
    remaining -= weight;
    if (remaining < 0) return category;
  }
  return drawPrior(prior, random);
}

/** The number of values of a discrete prior. */
export function categoryCount(prior: DiscretePrior): number {
  return prior.family === "randint" ? prior.high - prior.low : prior.probabilities.length;
}

/** The prior probability of a category. 0 outside the prior's set. */
export function priorProbability(prior: DiscretePrior, category: number): number {
  if (prior.family === "categorical") return prior.probabilities[category] ?? 0;
  const inside = category >= prior.low && category < prior.high;
  return inside ? 1 / (prior.high - prior.low) : 0;
}
