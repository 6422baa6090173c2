import type { Prior } from "../space/prior.ts";
import { AboveModel } from "./above-model.ts";
import { forgettingWeight, FULL_WEIGHT_COUNT, type Observations } from "./observations.ts";
import { SortedRows } from "./sorted-rows.ts";

/**
 * The observed values of one parameter, separately for the good trials and the others. Both are kept in ascending order as trials
 * are added and change sides, so that a suggestion need not sort. Rows are the positions of trials in the history.
 */
export class ObservationColumn {
  /** The trials that are not good. */
  readonly above: AboveModel;
  readonly #below = new SortedRows();
  /** By row. NaN where the parameter is inactive. */
  #values = new Float64Array(64).fill(Number.NaN);

  constructor(prior: Prior) {
    this.above = new AboveModel(prior, (row) => this.#values[row] ?? Number.NaN);
  }

  /** Adds a row after all known ones. It is not a good one at first. */
  add(row: number, value: number): void {
    if (row >= this.#values.length) this.#grow(row);
    this.#values[row] = value;
    this.above.add(row, value);
  }

  /** Moves a row to the good ones or back. Does nothing when the parameter is inactive in it. */
  move(row: number, toBelow: boolean): void {
    const value = this.#values[row] ?? Number.NaN;
    if (Number.isNaN(value)) return;
    if (toBelow) {
      this.above.remove(row, value);
      this.#below.insert(row, value);
    } else {
      this.#below.remove(row, value);
      this.above.add(row, value);
    }
  }

  /** The observations of the good trials. */
  get belowObservations(): Observations {
    return observationsOf(this.#below);
  }

  /** The observations of the other trials. Takes time in proportion to their number. */
  get aboveObservations(): Observations {
    return observationsOf(this.above.sorted);
  }

  #grow(row: number): void {
    const values = new Float64Array(Math.max(2 * this.#values.length, row + 1)).fill(Number.NaN);
    values.set(this.#values);
    this.#values = values;
  }
}

function observationsOf(sorted: SortedRows): Observations {
  const { length } = sorted;
  if (length <= FULL_WEIGHT_COUNT) {
    return { values: sorted.values.slice(0, length), weights: new Float64Array(length).fill(1) };
  }
  const byAge = sorted.rows.slice(0, length).sort();
  const ageOf = new Map<number, number>();
  byAge.forEach((row, age) => ageOf.set(row, age));
  return {
    values: sorted.values.slice(0, length),
    weights: Float64Array.from({ length }, (_, i) =>
      forgettingWeight(ageOf.get(sorted.rows[i] ?? -1) ?? 0, length),
    ),
  };
}
