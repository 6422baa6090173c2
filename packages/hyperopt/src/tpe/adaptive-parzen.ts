import { assert } from "@flightdeck/core";
import type { Observations } from "./observations.ts";
import { lowerBound } from "./sorted-search.ts";

/** A mixture of normal distributions; component `i` has weight `weights[i]`, and the weights sum to 1. */
export type Mixture = {
  readonly weights: Float64Array;
  readonly mus: Float64Array;
  readonly sigmas: Float64Array;
};

/** The prior's component: its center, its width, and its weight relative to one observation. */
export type PriorComponent = {
  readonly mu: number;
  readonly sigma: number;
  readonly weight: number;
};

/** Components are never narrower than the prior's width divided by this. */
export const NARROWING_MAX = 100;

/**
 * The adaptive Parzen estimator of TPE (Bergstra et al. 2011, section 4.1, with hyperopt's widths): one component per observation,
 * as wide as the larger gap to a neighbor, and one for the prior, sorted among them.
 */
export function fitAdaptiveParzen(observations: Observations, prior: PriorComponent): Mixture {
  const { values, weights: ages } = observations;
  const size = values.length + 1;
  const priorIndex = lowerBound(values, prior.mu);
  const mus = insertAt(values, priorIndex, prior.mu);
  const weights = insertAt(ages, priorIndex, prior.weight);
  normalise(weights);
  const sigmas = size <= 2 ? new Float64Array(size).fill(prior.sigma / 2) : gapWidths(mus);
  clip(sigmas, prior.sigma / Math.min(NARROWING_MAX, 1 + size), prior.sigma);
  sigmas[priorIndex] = prior.sigma;
  return { weights, mus, sigmas };
}

/**
 * Merges adjacent components with the same center and width. Rounded parameters repeat their values, so this reduces a thousand
 * components to a few with the same density.
 */
export function mergeEqualComponents(mixture: Mixture): Mixture {
  const { weights, mus, sigmas } = mixture;
  const merged = { weights: weights.slice(), mus: mus.slice(), sigmas: sigmas.slice() };
  let last = -1;
  for (let i = 0; i < mus.length; i++) {
    if (last >= 0 && merged.mus[last] === mus[i] && merged.sigmas[last] === sigmas[i]) {
      merged.weights[last] = at(merged.weights, last) + at(weights, i);
      continue;
    }
    last++;
    merged.weights[last] = at(weights, i);
    merged.mus[last] = at(mus, i);
    merged.sigmas[last] = at(sigmas, i);
  }
  const end = last + 1;
  return {
    weights: merged.weights.subarray(0, end),
    mus: merged.mus.subarray(0, end),
    sigmas: merged.sigmas.subarray(0, end),
  };
}

/** The width at each center: the larger gap to a neighbor, or the only gap at the ends. */
function gapWidths(centres: Float64Array): Float64Array {
  const last = centres.length - 1;
  const widths = new Float64Array(centres.length);
  let gapBefore = 0;
  for (let i = 0; i < last; i++) {
    const gapAfter = at(centres, i + 1) - at(centres, i);
    widths[i] = Math.max(gapBefore, gapAfter);
    gapBefore = gapAfter;
  }
  widths[last] = gapBefore;
  return widths;
}

function clip(values: Float64Array, low: number, high: number): void {
  for (let i = 0; i < values.length; i++) values[i] = Math.min(Math.max(at(values, i), low), high);
}

function normalise(weights: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += at(weights, i);
  assert(sum > 0, "a mixture needs weight");
  for (let i = 0; i < weights.length; i++) weights[i] = at(weights, i) / sum;
}

function insertAt(values: Float64Array, index: number, value: number): Float64Array {
  const result = new Float64Array(values.length + 1);
  result.set(values.subarray(0, index));
  result[index] = value;
  result.set(values.subarray(index), index + 1);
  return result;
}

/** Reads an element that is known to exist. */
function at(values: Float64Array, index: number): number {
  return values[index] as number; // Callers stay within the length.
}
