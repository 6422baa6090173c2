import type { NumberPrior } from "../space/prior.ts";
import type { Share, Sums, SumWeights } from "./above-sums.ts";
import { NARROWING_MAX } from "./adaptive-parzen.ts";
import { DensityGrid } from "./density-grid.ts";
import { fittedInterval, priorComponent } from "./mixture-density.ts";
import type { SortedRows } from "./sorted-rows.ts";

/** Normal priors have no bounds. The sums cover this many standard deviations. */
const NORMAL_REACH = 4;

/** Nodes and weights of Gauss and Legendre's quadrature with 4 points on [−1, 1]. */
const QUADRATURE: readonly (readonly [node: number, weight: number])[] = [
  [-0.8611363115940526, 0.34785484513745385],
  [-0.33998104358485626, 0.6521451548625461],
  [0.33998104358485626, 0.6521451548625461],
  [0.8611363115940526, 0.34785484513745385],
];

/**
 * The adaptive Parzen estimator of many observations, updated incrementally. Each observation is a normal component as wide as the
 * larger gap to a neighbor, but between one hundredth of the prior's width and the whole width.
 */
export class NumberSums implements Sums {
  readonly dependsOnNeighbours = true;
  readonly #prior: NumberPrior;
  readonly #sorted: SortedRows;
  readonly #grid: DensityGrid;
  readonly #mu: number;
  readonly #sigma: number;

  constructor(prior: NumberPrior, sorted: SortedRows) {
    const { mu, sigma } = priorComponent(prior, 1);
    this.#prior = prior;
    this.#sorted = sorted;
    this.#mu = mu;
    this.#sigma = sigma;
    const reach = NORMAL_REACH * sigma;
    this.#grid =
      prior.family === "uniform"
        ? new DensityGrid(prior.low, prior.high, sigma)
        : new DensityGrid(mu - reach, mu + reach, sigma);
  }

  clear(): void {
    this.#grid.clear();
  }

  insertSegment(at: number): void {
    this.#grid.insertSegment(at);
  }

  joinSegment(at: number): void {
    this.#grid.joinSegment(at);
  }

  shiftAges(from: number, by: 1 | -1): void {
    this.#grid.shiftAges(from, by);
  }

  add(position: number, share: Share): void {
    this.#grid.add(this.#sorted.values[position] ?? 0, this.#widthAt(position), share);
  }

  /** Beyond the range of the sums, which is possible only for normal priors, uses the density at the end of the range. */
  score(value: number, weights: SumWeights): number {
    const { q, log } = this.#prior;
    if (q === undefined) return Math.log(this.#densityAt(log ? Math.log(value) : value, weights));
    const { from, to } = fittedInterval(this.#prior, value, q);
    return Math.log(this.#massBetween(from, to, weights));
  }

  #densityAt(x: number, { ramp, age, prior }: SumWeights): number {
    const inside = Math.min(Math.max(x, this.#grid.low), this.#grid.high);
    const z = (x - this.#mu) / this.#sigma;
    return this.#grid.at(inside, ramp, age) + (prior * Math.exp(-0.5 * z * z)) / this.#sigma;
  }

  /** The integral of the density, in panels no wider than the narrowest component. */
  #massBetween(from: number, to: number, weights: SumWeights): number {
    const low = Math.max(from, this.#grid.low - this.#sigma);
    const high = Math.min(to, this.#grid.high + this.#sigma);
    const panelCount = Math.max(1, Math.ceil(((high - low) * NARROWING_MAX) / this.#sigma));
    const half = (high - low) / panelCount / 2;
    let sum = 0;
    for (let panel = 0; panel < panelCount; panel++) {
      const centre = low + (2 * panel + 1) * half;
      for (const [node, weight] of QUADRATURE) sum += weight * this.#densityAt(centre + node * half, weights);
    }
    return sum * half;
  }

  /** The larger gap to a neighbor. The prior's component is one of the neighbors and sorts before equal values. */
  #widthAt(position: number): number {
    const { values, length } = this.#sorted;
    const value = values[position] as number; // Below the length.
    const before = position > 0 ? (values[position - 1] as number) : Number.NEGATIVE_INFINITY;
    const after = position + 1 < length ? (values[position + 1] as number) : Number.POSITIVE_INFINITY;
    const isAbovePrior = value >= this.#mu;
    const left = isAbovePrior ? Math.max(before, this.#mu) : before;
    const right = isAbovePrior ? after : Math.min(after, this.#mu);
    const gapBefore = Number.isFinite(left) ? value - left : 0;
    const gapAfter = Number.isFinite(right) ? right - value : 0;
    return Math.min(Math.max(gapBefore, gapAfter, this.#sigma / NARROWING_MAX), this.#sigma);
  }
}
