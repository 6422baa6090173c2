import type { Prior } from "../space/prior.ts";
import { AboveModel } from "./above-model.ts";
import { forgettingWeight, type Observations } from "./observations.ts";
import { SortedRows } from "./sorted-rows.ts";

/**
 * The observed values of one parameter, those of the good trials and the others apart, each in ascending order while
 * trials come in and change sides, so that no suggestion has to sort. Rows are the positions of trials in the history.
 */
export class ObservationColumn {
  /** What is known of the trials that are not good. */
  readonly above: AboveModel;
  readonly #below = new SortedRows();
  /** By row; NaN where the parameter is not active. */
  #values = new Float64Array(64).fill(Number.NaN);

  constructor(prior: Prior) {
    this.above = new AboveModel(prior, (row) => this.#values[row] ?? Number.NaN);
  }

  /** Adds a row behind all that are known; it counts as one of the others. */
  add(row: number, value: number): void {
    if (row >= this.#values.length) this.#grow(row);
    this.#values[row] = value;
    this.above.add(row, value);
  }

  /** Moves a row to the good ones or back; does nothing when the parameter is not active in it. */
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

  /** The observations of the good trials, and when asked for those of the others; the latter takes time for all. */
  get belowObservations(): Observations {
    return observationsOf(this.#below);
  }

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
