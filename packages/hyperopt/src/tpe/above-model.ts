import { isDiscrete, type Prior } from "../space/prior.ts";
import type { Share, Sums } from "./above-sums.ts";
import { CategorySums } from "./category-sums.ts";
import { FULL_WEIGHT_COUNT, forgettingRamp } from "./observations.ts";
import { NumberSums } from "./number-sums.ts";
import { SortedRows } from "./sorted-rows.ts";

const FULL: Share = { ramp: 0, age: 0, full: 1, segment: 0 };
const NOT_FULL: Share = { ramp: 0, age: 0, full: -1, segment: 0 };

/** With fewer observations than this, the sums are recomputed each time, as in hyperopt. */
const KEPT_FROM = 200;

/**
 * The density, in one parameter, of the trials that are not good. It is updated row by row, so that a suggestion takes the same
 * time for any number of trials. A row that stops being good makes all younger rows older by one. Therefore sums are also kept for
 * each segment of rows between two good ones, and a whole segment ages at once. All rows are recomputed only when an old row
 * becomes good, which happens now and then as the number of good rows grows.
 */
export class AboveModel {
  readonly sorted: SortedRows = new SortedRows();
  readonly #sums: Sums;
  /** The first `#ageCount` elements are the rows in ascending order, which is the order of their age. */
  #byAge = new Float64Array(64);
  #ageCount = 0;
  /** The rows that were taken out, ascending. Each ends a segment. */
  readonly #goodRows: number[] = [];
  /** From this age on, observations have full weight in the current sums. */
  #fullFrom = 0;
  /** Whether the sums are up to date with the rows. */
  #isCurrent = false;
  readonly #valueOf: (row: number) => number;

  /** `valueOf` returns the value that a row was added with. */
  constructor(prior: Prior, valueOf: (row: number) => number) {
    this.#valueOf = valueOf;
    this.#sums = isDiscrete(prior)
      ? new CategorySums(prior, this.sorted)
      : new NumberSums(prior, this.sorted);
  }

  /** Whether there are enough observations for the sums to pay off. */
  get isKept(): boolean {
    return this.sorted.length >= KEPT_FROM;
  }

  /** Returns the logarithm of the density at a parameter's value, up to a constant of this model. */
  scorer(priorWeight: number): (value: number) => number {
    if (!this.#isCurrent) this.#rebuild();
    const { base, slope } = forgettingRamp(this.sorted.length);
    const weights = { ramp: base, age: slope, prior: priorWeight };
    return (value) => this.#sums.score(value, weights);
  }

  /** Adds a row with its value in the space in which the prior is fitted. */
  add(row: number, value: number): void {
    const position = this.sorted.positionOf(row, value);
    if (this.#isCurrent) this.#addNeighbours(position - 1, position, -1);
    this.#closeSegment(row);
    const age = this.#insertByAge(row);
    this.sorted.insert(row, value, position);
    if (!this.#isCurrent) return;
    if (age < this.#fullFrom) this.#fullFrom++; // The same observations have full weight as before.
    this.#addNeighbours(position - 1, position + 1, 1);
    this.#addAt(position, 1);
    const fullFrom = Math.max(0, this.#ageCount - FULL_WEIGHT_COUNT);
    if (fullFrom > this.#fullFrom) this.#moveFullFrom(fullFrom);
  }

  /** Removes a row that was added with this value. */
  remove(row: number, value: number): void {
    const age = this.#ageOf(row);
    if (age < this.#fullFrom) this.#isCurrent = false;
    const segment = this.#segmentOf(row);
    this.#goodRows.splice(segment, 0, row);
    if (this.#isCurrent) this.#sums.insertSegment(segment + 1);
    const position = this.sorted.positionOf(row, value);
    if (this.#isCurrent) {
      if (this.#fullFrom > 0) this.#moveFullFrom(this.#fullFrom - 1);
      this.#sums.add(position, NOT_FULL);
      this.#addNeighbours(position - 1, position + 1, -1);
    }
    this.sorted.remove(row, value, position);
    this.#byAge.copyWithin(age, age + 1, this.#ageCount--);
    if (this.#isCurrent) this.#addNeighbours(position - 1, position, 1);
  }

  /** For a row that stops being good: merges the two segments that it separated and makes younger rows older by one. */
  #closeSegment(row: number): void {
    const segment = this.#segmentOf(row);
    if (this.#goodRows[segment] !== row) return;
    this.#goodRows.splice(segment, 1);
    if (!this.#isCurrent) return;
    this.#sums.shiftAges(segment + 1, 1);
    this.#sums.joinSegment(segment + 1);
  }

  #segmentOf(row: number): number {
    const found = this.#goodRows.findIndex((good) => good >= row);
    return found < 0 ? this.#goodRows.length : found;
  }

  #insertByAge(row: number): number {
    if (this.#ageCount === this.#byAge.length) {
      const longer = new Float64Array(2 * this.#ageCount);
      longer.set(this.#byAge);
      this.#byAge = longer;
    }
    const age = this.#ageOf(row);
    this.#byAge.copyWithin(age + 1, age, this.#ageCount++);
    this.#byAge[age] = row;
    return age;
  }

  /** Searches downwards from the row's number, which is the upper limit of its age and close to it if the parameter is always active. */
  #ageOf(row: number): number {
    let high = Math.min(row, this.#ageCount);
    let low = high;
    for (let step = 1; low > 0 && (this.#byAge[low - 1] as number) >= row; step *= 2) {
      high = low - 1; // Below the length.
      low = Math.max(0, low - step);
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#byAge[middle] as number) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #rebuild(): void {
    this.#sums.clear();
    this.#goodRows.forEach((_, index) => this.#sums.insertSegment(index));
    this.#fullFrom = Math.max(0, this.#ageCount - FULL_WEIGHT_COUNT);
    this.#isCurrent = true;
    for (let position = 0; position < this.sorted.length; position++) this.#addAt(position, 1);
  }

  /** Adds the current contributions of two neighbors, if they exist, or subtracts them with `sign` −1. */
  #addNeighbours(left: number, right: number, sign: 1 | -1): void {
    if (!this.#sums.dependsOnNeighbours) return;
    if (left >= 0) this.#addAt(left, sign);
    if (right < this.sorted.length) this.#addAt(right, sign);
  }

  #addAt(position: number, sign: 1 | -1): void {
    const row = this.sorted.rows[position] ?? 0;
    const age = this.#ageOf(row);
    if (age >= this.#fullFrom) this.#sums.add(position, sign === 1 ? FULL : NOT_FULL);
    else this.#sums.add(position, { ramp: sign, age: sign * age, full: 0, segment: this.#segmentOf(row) });
  }

  /** Moves the end of the forgetting ramp by one row. */
  #moveFullFrom(fullFrom: number): void {
    const isGrowing = fullFrom > this.#fullFrom;
    const age = Math.min(fullFrom, this.#fullFrom);
    const sign = isGrowing ? 1 : -1;
    this.#fullFrom = fullFrom;
    const row = this.#byAge[age] as number; // Below the length.
    this.#sums.add(this.sorted.positionOf(row, this.#valueOf(row)), {
      ramp: sign,
      age: sign * age,
      full: -sign,
      segment: this.#segmentOf(row),
    });
  }
}
