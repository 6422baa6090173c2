import { forgettingWeight } from "./forgetting-weight.ts";
import type { Observations } from "./observations.ts";
import { upperBound } from "./sorted-search.ts";

const INITIAL_CAPACITY = 64;

/**
 * The observed values of one parameter, kept in ascending order while trials come in, so that no suggestion has to sort.
 * Rows are the positions of trials in the history; they must be added in ascending order.
 */
export class ObservationColumn {
  private values: Float64Array = new Float64Array(INITIAL_CAPACITY);
  /** The row of each value in `values`. */
  private rows: Int32Array = new Int32Array(INITIAL_CAPACITY);
  /** The rows that have a value, in the order in which they came. */
  private readonly rowsByAge: number[] = [];

  add(row: number, value: number): void {
    const length = this.rowsByAge.length;
    if (length === this.values.length) this.grow();
    const position = upperBound(this.values, value, length);
    this.values.copyWithin(position + 1, position, length);
    this.rows.copyWithin(position + 1, position, length);
    this.values[position] = value;
    this.rows[position] = row;
    this.rowsByAge.push(row);
  }

  /** The observations of the good rows and of the others. `isBelow` holds 1 for each good row of the history. */
  split(isBelow: Uint8Array): { readonly below: Observations; readonly above: Observations } {
    const { ages, belowLength } = this.ages(isBelow);
    const below = new Collector(belowLength);
    const above = new Collector(this.rowsByAge.length - belowLength);
    for (let i = 0; i < this.rowsByAge.length; i++) {
      const row = this.rows[i] as number; // i is below the length.
      const group = isBelow[row] === 1 ? below : above;
      group.push(this.values[i] as number, ages[row] as number); // The same; every row has an age.
    }
    return { below, above };
  }

  /** For each row, its position by age among the rows of its own group. */
  private ages(isBelow: Uint8Array): { readonly ages: Int32Array; readonly belowLength: number } {
    const ages = new Int32Array(isBelow.length);
    let belowLength = 0;
    let aboveLength = 0;
    for (const row of this.rowsByAge) ages[row] = isBelow[row] === 1 ? belowLength++ : aboveLength++;
    return { ages, belowLength };
  }

  private grow(): void {
    const values = new Float64Array(this.values.length * 2);
    const rows = new Int32Array(this.rows.length * 2);
    values.set(this.values);
    rows.set(this.rows);
    this.values = values;
    this.rows = rows;
  }
}

/** Gathers the observations of one group. */
class Collector implements Observations {
  readonly values: Float64Array;
  readonly weights: Float64Array;
  private count = 0;

  constructor(length: number) {
    this.values = new Float64Array(length);
    this.weights = new Float64Array(length);
  }

  push(value: number, age: number): void {
    this.values[this.count] = value;
    this.weights[this.count] = forgettingWeight(age, this.values.length);
    this.count++;
  }
}
