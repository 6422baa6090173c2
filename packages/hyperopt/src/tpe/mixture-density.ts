import type { Random } from "@flightdeck/core";
import { normalCdf } from "../distributions/normal.ts";
import { drawIndex, toParameterValue } from "../space/draw-prior.ts";
import type { NumberPrior } from "../space/prior.ts";
import type { Mixture, PriorComponent } from "./adaptive-parzen.ts";
import { gaussianSum, gaussianSumAt, type GaussianSum } from "./gaussian-sum.ts";

/** A mixture over the fitted space of a prior: log space for log priors, truncated at the bounds of uniform priors. */
export type NumberPosterior = {
  readonly prior: NumberPrior;
  readonly mixture: Mixture;
  /** The same mixture for evaluation. */
  readonly sum: GaussianSum;
  /** ln of the mixture's probability between the bounds. */
  readonly logAcceptance: number;
};

/** ln(2π) / 2: the normal density's constant. */
const LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** hyperopt raises smaller arguments of logarithms to this. */
export const LOG_ARGUMENT_MIN = 1e-12;

export function numberPosterior(prior: NumberPrior, mixture: Mixture): NumberPosterior {
  const { low, high } = boundsOf(prior);
  const logAcceptance = prior.family === "normal" ? 0 : Math.log(massBetween(mixture, low, high));
  return { prior, mixture, sum: gaussianSum(mixture), logAcceptance };
}

/** The bounds of the fitted space, infinite for the normal family. */
export function boundsOf(prior: NumberPrior): { readonly low: number; readonly high: number } {
  if (prior.family === "uniform") return prior;
  return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
}

/**
 * The log density of a posterior at a parameter's value, or for rounded parameters the log probability of that value. Like hyperopt,
 * does not divide the density of continuous log parameters by the probability between the bounds. That factor is the same for all
 * values of a posterior, so it cannot change which candidate wins.
 */
export function logDensity(posterior: NumberPosterior, value: number): number {
  const { prior, sum, logAcceptance } = posterior;
  if (prior.q !== undefined) return logProbabilityOfRounded(posterior, value, prior.q);
  if (!prior.log) return logNormalMixture(sum, value) - logAcceptance;
  const logValue = Math.log(value);
  return logNormalMixture(sum, logValue) - logValue;
}

function logProbabilityOfRounded(
  { prior, mixture, logAcceptance }: NumberPosterior,
  value: number,
  q: number,
): number {
  const { from, to } = fittedInterval(prior, value, q);
  return Math.log(massBetween(mixture, from, to)) - logAcceptance;
}

/** The interval of the fitted space, within the bounds, that is rounded to a value. */
export function fittedInterval(
  prior: NumberPrior,
  value: number,
  q: number,
): { readonly from: number; readonly to: number } {
  const { low, high } = boundsOf(prior);
  const fitted = (x: number): number => (prior.log ? Math.log(Math.max(x, LOG_ARGUMENT_MIN)) : x);
  return { from: Math.max(fitted(value - q / 2), low), to: Math.min(fitted(value + q / 2), high) };
}

/** The prior's component. For the uniform family, its width is the distance between the bounds. */
export function priorComponent(prior: NumberPrior, weight: number): PriorComponent {
  if (prior.family === "normal") return { mu: prior.mu, sigma: prior.sigma, weight };
  return { mu: (prior.low + prior.high) / 2, sigma: prior.high - prior.low, weight };
}

/**
 * Draws a parameter's value. Like hyperopt, discards a draw outside the bounds together with its component, so components near a
 * bound are used less often than their weight says. The loop ends, because the prior's component alone is accepted with
 * probability 0.38 times its weight.
 */
export function drawMixture({ prior, mixture }: NumberPosterior, random: Random): number {
  const { low, high } = boundsOf(prior);
  for (;;) {
    const component = drawIndex(mixture.weights, random);
    const mu = mixture.mus[component] as number; // drawIndex stays below the length.
    const sigma = mixture.sigmas[component] as number; // The same.
    const drawn = mu + sigma * random.nextNormal();
    if (drawn >= low && drawn < high) return toParameterValue(prior, drawn);
  }
}

/** ln Σ w·N(x; μ, σ). */
function logNormalMixture(sum: GaussianSum, x: number): number {
  return Math.log(gaussianSumAt(sum, x)) - LOG_ROOT_TWO_PI;
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
