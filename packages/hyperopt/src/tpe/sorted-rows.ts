import { lowerBound } from "./sorted-search.ts";

const INITIAL_CAPACITY = 64;

/** Pairs of a value and a row, ascending by value and then by row, in typed arrays. */
export class SortedRows {
  length = 0;
  values: Float64Array = new Float64Array(INITIAL_CAPACITY);
  rows: Int32Array = new Int32Array(INITIAL_CAPACITY);

  /** Inserts a pair at its position. */
  insert(row: number, value: number, position: number = this.positionOf(row, value)): void {
    if (this.length === this.values.length) this.#grow();
    this.values.copyWithin(position + 1, position, this.length);
    this.rows.copyWithin(position + 1, position, this.length);
    this.values[position] = value;
    this.rows[position] = row;
    this.length++;
  }

  /** Removes an existing pair. */
  remove(row: number, value: number, position: number = this.positionOf(row, value)): void {
    this.values.copyWithin(position, position + 1, this.length);
    this.rows.copyWithin(position, position + 1, this.length);
    this.length--;
  }

  /** The position of a pair, or where it would be inserted. */
  positionOf(row: number, value: number): number {
    let low = lowerBound(this.values, value, this.length);
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Below the length.
      const isBefore = this.values[middle] === value && (this.rows[middle] as number) < row;
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const values = new Float64Array(this.values.length * 2);
    const rows = new Int32Array(this.rows.length * 2);
    values.set(this.values);
    rows.set(this.rows);
    this.values = values;
    this.rows = rows;
  }
}
