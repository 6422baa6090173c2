import type { Random } from "@flightdeck/core";
import { isDiscrete, type DiscretePrior, type NumberPrior, type Prior } from "../space/prior.ts";
import { fitAdaptiveParzen, mergeEqualComponents } from "./adaptive-parzen.ts";
import { discretePosterior, drawCategory, logProbability } from "./discrete-posterior.ts";
import {
  drawMixture,
  logDensity,
  numberPosterior,
  type NumberPosterior,
  priorComponent,
} from "./mixture-density.ts";
import type { ObservationColumn } from "./observation-column.ts";
import type { Observations } from "./observations.ts";

export type ProposeValueOptions = {
  /** The observations of the parameter. */
  readonly column: ObservationColumn;
  /** The weight of the prior relative to one observation. */
  readonly priorWeight: number;
  readonly candidateCount: number;
  readonly random: Random;
};

/**
 * Proposes the value of one parameter with the largest expected improvement: draws candidates from the density of the good trials
 * and takes the first with the largest ratio of that density to the density of the others.
 */
export function proposeValue(prior: Prior, options: ProposeValueOptions): number {
  return isDiscrete(prior) ? proposeCategory(prior, options) : proposeNumber(prior, options);
}

function proposeCategory(prior: DiscretePrior, options: ProposeValueOptions): number {
  const { column, priorWeight, random } = options;
  const below = discretePosterior(prior, column.belowObservations, priorWeight);
  const scoreAbove = aboveScorer(options, (observations) => {
    const above = discretePosterior(prior, observations, priorWeight);
    return (category) => logProbability(above, category);
  });
  return bestCandidate(options.candidateCount, {
    draw: () => drawCategory(below, random),
    score: (category) => logProbability(below, category) - scoreAbove(category),
  });
}

function proposeNumber(prior: NumberPrior, options: ProposeValueOptions): number {
  const { column, priorWeight, random } = options;
  const below = fitPosterior(prior, column.belowObservations, priorWeight);
  const scoreAbove = aboveScorer(options, (observations) => {
    const above = fitPosterior(prior, observations, priorWeight);
    return (value) => logDensity(above, value);
  });
  // The density of `below` has the factor 1 / x of a log parameter, which the kept sums leave out.
  const ownPart = column.above.isKept && prior.log && prior.q === undefined ? Math.log : () => 0;
  return bestCandidate(options.candidateCount, {
    draw: () => drawMixture(below, random),
    score: (value) => logDensity(below, value) + ownPart(value) - scoreAbove(value),
  });
}

type Scorer = (value: number) => number;

/** The log density of the other trials, up to a constant: from the kept sums, or recomputed when there are few trials. */
function aboveScorer(
  { column, priorWeight }: ProposeValueOptions,
  fit: (observations: Observations) => Scorer,
): Scorer {
  return column.above.isKept ? column.above.scorer(priorWeight) : fit(column.aboveObservations);
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
    if (seen.has(candidate)) continue; // Categories and rounded numbers repeat, and need not be scored again.
    seen.add(candidate);
    const candidateScore = score(candidate);
    if (!(candidateScore > bestScore)) continue;
    best = candidate;
    bestScore = candidateScore;
  }
  return best;
}
