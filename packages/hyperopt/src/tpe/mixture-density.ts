import { normalCdf } from "../distributions/normal-cdf.ts";
import type { NumberPrior } from "../space/prior.ts";
import type { Mixture } from "./adaptive-parzen.ts";

/** A mixture over the fitted space of a prior: log space for log priors, cut off at the bounds of uniform ones. */
export type NumberPosterior = {
  readonly prior: NumberPrior;
  readonly mixture: Mixture;
  /** ln of the mixture's probability between the bounds. */
  readonly logAcceptance: number;
};

/** ln(2π) / 2: the normal density's constant. */
const LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** hyperopt takes logarithms of nothing smaller. */
export const LOG_ARGUMENT_MIN = 1e-12;

/** Components at more than 10 standard deviations add less than e^−50 of their height, below a double's precision. */
const SQUARED_DISTANCE_MAX = 100;

export function numberPosterior(prior: NumberPrior, mixture: Mixture): NumberPosterior {
  const { low, high } = boundsOf(prior);
  const logAcceptance = prior.family === "normal" ? 0 : Math.log(massBetween(mixture, low, high));
  return { prior, mixture, logAcceptance };
}

/** The bounds of the fitted space; infinite for the normal family. */
export function boundsOf(prior: NumberPrior): { readonly low: number; readonly high: number } {
  if (prior.family === "uniform") return prior;
  return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
}

/**
 * The log density of a posterior at a parameter's value; for rounded parameters the log probability of that value.
 * hyperopt does not divide the density of continuous log parameters by the probability between the bounds; nor does
 * this. The factor is the same for every value of one posterior, so that it cannot change which candidate wins.
 */
export function logDensity(posterior: NumberPosterior, value: number): number {
  const { prior, mixture, logAcceptance } = posterior;
  if (prior.q !== undefined) return logProbabilityOfRounded(posterior, value, prior.q);
  if (!prior.log) return logNormalMixture(mixture, value) - logAcceptance;
  const logValue = Math.log(value);
  return logNormalMixture(mixture, logValue) - logValue;
}

function logProbabilityOfRounded(
  { prior, mixture, logAcceptance }: NumberPosterior,
  value: number,
  q: number,
): number {
  const { low, high } = boundsOf(prior);
  const from = value - q / 2;
  const to = value + q / 2;
  const fittedFrom = prior.log ? Math.log(Math.max(from, LOG_ARGUMENT_MIN)) : from;
  const fittedTo = prior.log ? Math.log(Math.max(to, LOG_ARGUMENT_MIN)) : to;
  return Math.log(massBetween(mixture, Math.max(fittedFrom, low), Math.min(fittedTo, high))) - logAcceptance;
}

/** ln Σ w·N(x; μ, σ). */
function logNormalMixture(mixture: Mixture, x: number): number {
  const near = densitySum(mixture, x, SQUARED_DISTANCE_MAX);
  const sum = near > 0 ? near : densitySum(mixture, x, Number.POSITIVE_INFINITY);
  return Math.log(sum) - LOG_ROOT_TWO_PI;
}

function densitySum({ weights, mus, sigmas }: Mixture, x: number, squaredDistanceMax: number): number {
  let sum = 0;
  for (let i = 0; i < mus.length; i++) {
    // Reads stay below the length, which the three arrays share.
    const sigma = sigmas[i] as number;
    const distance = (x - (mus[i] as number)) / sigma;
    const squared = distance * distance;
    if (squared < squaredDistanceMax) sum += ((weights[i] as number) / sigma) * Math.exp(-0.5 * squared);
  }
  return sum;
}

/** The probability that a draw from the mixture falls between two values. */
function massBetween({ weights, mus, sigmas }: Mixture, from: number, to: number): number {
  let mass = 0;
  for (let i = 0; i < mus.length; i++) {
    // Reads stay below the length, which the three arrays share.
    const mu = mus[i] as number;
    const sigma = sigmas[i] as number;
    mass += (weights[i] as number) * (normalCdf((to - mu) / sigma) - normalCdf((from - mu) / sigma));
  }
  return mass;
}
