import type { Random } from "@flightdeck/core";
import type { NumberPrior, Prior } from "./prior.ts";

/** Draws from a prior, as `rand.suggest` does, and TPE before it has a history. */
export function drawPrior(prior: Prior, random: Random): number {
  switch (prior.family) {
    case "uniform":
      return toParameterValue(prior, prior.low + (prior.high - prior.low) * random.nextFloat());
    case "normal":
      return toParameterValue(prior, prior.mu + prior.sigma * random.nextNormal());
    case "randint":
      return prior.low + Math.floor(random.nextFloat() * (prior.high - prior.low));
    case "categorical":
      return drawIndex(prior.probabilities, random);
  }
}

/** Converts a draw to the parameter's value: exp for log priors, then rounding. */
export function toParameterValue(prior: NumberPrior, drawn: number): number {
  const value = prior.log ? Math.exp(drawn) : drawn;
  if (prior.q === undefined) return value;
  return Math.round(value / prior.q) * prior.q + 0; // Adding 0 turns −0 into 0.
}

/** An index drawn with the given probabilities. */
export function drawIndex(probabilities: ArrayLike<number>, random: Random): number {
  let remaining = random.nextFloat();
  let lastPossible = 0;
  for (let index = 0; index < probabilities.length; index++) {
    const probability = probabilities[index] ?? 0;
    if (probability <= 0) continue;
    lastPossible = index;
    remaining -= probability;
    if (remaining < 0) return index;
  }
  return lastPossible; // Reached when rounding makes the sum slightly less than 1.
}
