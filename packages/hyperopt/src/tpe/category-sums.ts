import type { DiscretePrior } from "../space/prior.ts";
import type { Share, Sums, SumWeights } from "./above-model.ts";
import { categoryCount, priorProbability } from "./discrete-posterior.ts";
import type { SortedRows } from "./sorted-rows.ts";

/** The weighted counts of the categories that were observed. */
export class CategorySums implements Sums {
  readonly dependsOnNeighbours = false;
  readonly #prior: DiscretePrior;
  readonly #sorted: SortedRows;
  readonly #shares = new Map<number, Share>();

  constructor(prior: DiscretePrior, sorted: SortedRows) {
    this.#prior = prior;
    this.#sorted = sorted;
  }

  clear(): void {
    this.#shares.clear();
  }

  add(position: number, { ramp, age, full }: Share): void {
    const category = this.#sorted.values[position] ?? Number.NaN;
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

const NOTHING: Share = { ramp: 0, age: 0, full: 0 };
