import type { Random } from "@flightdeck/core";
import { isDiscrete, type DiscretePrior, type NumberPrior, type Prior } from "../space/prior.ts";
import { fitAdaptiveParzen, mergeEqualComponents, type PriorComponent } from "./adaptive-parzen.ts";
import { discretePosterior, drawCategory, logProbability } from "./discrete-posterior.ts";
import { drawMixture } from "./draw-mixture.ts";
import { logDensity, numberPosterior, type NumberPosterior } from "./mixture-density.ts";
import type { Observations } from "./observations.ts";

export type ProposeValueOptions = {
  readonly below: Observations;
  readonly above: Observations;
  /** What the prior weighs beside one observation. */
  readonly priorWeight: number;
  readonly candidateCount: number;
  readonly random: Random;
};

/**
 * The value of one parameter with the largest expected improvement: of the candidates drawn from the density of the good
 * trials, the first with the largest ratio of that density to the density of the others.
 */
export function proposeValue(prior: Prior, options: ProposeValueOptions): number {
  return isDiscrete(prior) ? proposeCategory(prior, options) : proposeNumber(prior, options);
}

function proposeCategory(prior: DiscretePrior, options: ProposeValueOptions): number {
  const below = discretePosterior(prior, options.below, options.priorWeight);
  const above = discretePosterior(prior, options.above, options.priorWeight);
  return bestCandidate(options.candidateCount, {
    draw: () => drawCategory(below, options.random),
    score: (category) => logProbability(below, category) - logProbability(above, category),
  });
}

function proposeNumber(prior: NumberPrior, options: ProposeValueOptions): number {
  const below = fitPosterior(prior, options.below, options.priorWeight);
  const above = fitPosterior(prior, options.above, options.priorWeight);
  return bestCandidate(options.candidateCount, {
    draw: () => drawMixture(below, options.random),
    score: (value) => logDensity(below, value) - logDensity(above, value),
  });
}

/** The posterior of a numeric parameter given its observations. */
export function fitPosterior(
  prior: NumberPrior,
  observations: Observations,
  priorWeight: number,
): NumberPosterior {
  const mixture = fitAdaptiveParzen(observations, priorComponent(prior, priorWeight));
  return numberPosterior(prior, prior.q === undefined ? mixture : mergeEqualComponents(mixture));
}

/** The component that stands for the prior: as wide as the bounds of the uniform family are apart. */
export function priorComponent(prior: NumberPrior, weight: number): PriorComponent {
  if (prior.family === "normal") return { mu: prior.mu, sigma: prior.sigma, weight };
  return { mu: (prior.low + prior.high) / 2, sigma: prior.high - prior.low, weight };
}

type CandidateSource = {
  readonly draw: () => number;
  readonly score: (candidate: number) => number;
};

function bestCandidate(count: number, { draw, score }: CandidateSource): number {
  let best = draw();
  let bestScore = score(best);
  const seen = new Set([best]);
  for (let i = 1; i < count; i++) {
    const candidate = draw();
    if (seen.has(candidate)) continue; // Categories and rounded numbers repeat; scoring them again changes nothing.
    seen.add(candidate);
    const candidateScore = score(candidate);
    if (!(candidateScore > bestScore)) continue;
    best = candidate;
    bestScore = candidateScore;
  }
  return best;
}
