import { expNegative } from "../distributions/normal.ts";
import type { Mixture } from "./adaptive-parzen.ts";
import { lowerBound } from "./sorted-search.ts";

/**
 * A mixture in a layout for fast evaluation. With many observations, most components have the smallest allowed width. As they share
 * one width, only those near a point need to be visited.
 */
export type GaussianSum = {
  /** Components with individual widths. */
  readonly wide: {
    readonly heights: Float64Array;
    readonly mus: Float64Array;
    readonly sigmas: Float64Array;
  };
  /** Components that are all `narrowSigma` wide, by ascending `mus`. */
  readonly narrow: { readonly heights: Float64Array; readonly mus: Float64Array };
  readonly narrowSigma: number;
};

/** exp(−z² / 2) is 5e-18 at 9 standard deviations, so anything farther away does not change a double. */
const REACH = 9;

export function gaussianSum({ weights, mus, sigmas }: Mixture): GaussianSum {
  const narrowSigma = minimum(sigmas);
  const narrowCount = countEqual(sigmas, narrowSigma);
  const wideCount = sigmas.length - narrowCount;
  const sum = {
    wide: { ...emptyComponents(wideCount), sigmas: new Float64Array(wideCount) },
    narrow: emptyComponents(narrowCount),
    narrowSigma,
  };
  let wideIndex = 0;
  let narrowIndex = 0;
  for (let i = 0; i < sigmas.length; i++) {
    // Reads stay below the length, which the three arrays share.
    const sigma = sigmas[i] as number;
    const isNarrow = sigma === narrowSigma;
    const group = isNarrow ? sum.narrow : sum.wide;
    const index = isNarrow ? narrowIndex++ : wideIndex++;
    group.heights[index] = (weights[i] as number) / sigma;
    group.mus[index] = mus[i] as number;
    if (!isNarrow) sum.wide.sigmas[index] = sigma;
  }
  return sum;
}

/** Σ w / σ · exp(−(x − μ)² / 2σ²): the mixture's density times √2π. */
export function gaussianSumAt(sum: GaussianSum, x: number): number {
  const near = wideSumAt(sum, x) + narrowSumAt(sum, x);
  return near > 0 ? near : exactSumAt(sum, x);
}

function wideSumAt({ wide: { heights, mus, sigmas } }: GaussianSum, x: number): number {
  let total = 0;
  for (let i = 0; i < mus.length; i++) {
    // Reads stay below the length, which the three arrays share.
    const distance = (x - (mus[i] as number)) / (sigmas[i] as number);
    total += (heights[i] as number) * expNegative(0.5 * distance * distance);
  }
  return total;
}

function narrowSumAt({ narrow: { heights, mus }, narrowSigma }: GaussianSum, x: number): number {
  const scale = 1 / narrowSigma;
  const end = x + REACH * narrowSigma;
  let total = 0;
  for (let i = lowerBound(mus, x - REACH * narrowSigma); i < mus.length; i++) {
    const mu = mus[i] as number; // i is below the length.
    if (mu > end) break;
    const distance = (x - mu) * scale;
    total += (heights[i] as number) * expNegative(0.5 * distance * distance); // The same.
  }
  return total;
}

/** For points so far from every component that the fast sum is 0. */
function exactSumAt({ wide, narrow, narrowSigma }: GaussianSum, x: number): number {
  const gaussian = (height: number, distance: number): number =>
    height * Math.exp(-0.5 * distance * distance);
  let total = 0;
  wide.heights.forEach(
    (height, i) => (total += gaussian(height, (x - at(wide.mus, i)) / at(wide.sigmas, i))),
  );
  narrow.heights.forEach((height, i) => (total += gaussian(height, (x - at(narrow.mus, i)) / narrowSigma)));
  return total;
}

function emptyComponents(count: number): { readonly heights: Float64Array; readonly mus: Float64Array } {
  return { heights: new Float64Array(count), mus: new Float64Array(count) };
}

function at(values: Float64Array, index: number): number {
  return values[index] as number; // Callers stay within the length.
}

function countEqual(values: Float64Array, wanted: number): number {
  let count = 0;
  for (const value of values) if (value === wanted) count++;
  return count;
}

function minimum(values: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < least) least = value;
  return least;
}
