import type { DiscretePrior } from "../space/prior.ts";
import type { Share, Sums, SumWeights } from "./above-sums.ts";
import { categoryCount, priorProbability } from "./discrete-posterior.ts";
import type { SortedRows } from "./sorted-rows.ts";

/** The weighted counts of the observed categories. */
export class CategorySums implements Sums {
  readonly dependsOnNeighbours = false;
  readonly #prior: DiscretePrior;
  readonly #sorted: SortedRows;
  readonly #shares = new Map<number, CategoryShare>();
  /** By segment and category, the number of observations on the ramp. */
  #segments: Map<number, number>[] = [new Map()];

  constructor(prior: DiscretePrior, sorted: SortedRows) {
    this.#prior = prior;
    this.#sorted = sorted;
  }

  clear(): void {
    this.#shares.clear();
    this.#segments = [new Map()];
  }

  insertSegment(at: number): void {
    this.#segments.splice(at, 0, new Map());
  }

  joinSegment(at: number): void {
    const [joined] = this.#segments.splice(at, 1);
    for (const [category, count] of joined ?? []) this.#count(at - 1, category, count);
  }

  shiftAges(from: number, by: 1 | -1): void {
    for (const segment of this.#segments.slice(from)) {
      for (const [category, count] of segment)
        this.#addShare(category, { ramp: 0, age: by * count, full: 0 });
    }
  }

  add(position: number, share: Share): void {
    const category = this.#sorted.values[position] ?? Number.NaN;
    this.#addShare(category, share);
    if (share.ramp !== 0) this.#count(share.segment, category, share.ramp);
  }

  #count(segment: number, category: number, count: number): void {
    const counts = this.#segments[segment];
    counts?.set(category, (counts.get(category) ?? 0) + count);
  }

  #addShare(category: number, { ramp, age, full }: CategoryShare): void {
    const known = this.#shares.get(category) ?? NOTHING;
    this.#shares.set(category, { ramp: known.ramp + ramp, age: known.age + age, full: known.full + full });
  }

  score(category: number, weights: SumWeights): number {
    const { ramp, age, full } = this.#shares.get(category) ?? NOTHING;
    const observed = weights.ramp * ramp + weights.age * age + full;
    const prior = weights.prior * categoryCount(this.#prior) * priorProbability(this.#prior, category);
    return Math.log(observed + prior);
  }
}

type CategoryShare = Omit<Share, "segment">;

const NOTHING: CategoryShare = { ramp: 0, age: 0, full: 0 };
