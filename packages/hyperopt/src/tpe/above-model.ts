import { isDiscrete, type Prior } from "../space/prior.ts";
import { CategorySums } from "./category-sums.ts";
import { FULL_WEIGHT_COUNT, forgettingRamp } from "./observations.ts";
import { NumberSums } from "./number-sums.ts";
import { SortedRows } from "./sorted-rows.ts";
import { lowerBound } from "./sorted-search.ts";

/** What an observation adds to the sums. A change of side or age is a share with negative parts. */
export type Share = {
  /** 1 while it is on the forgetting ramp, else 0. */
  readonly ramp: number;
  /** Its age on the ramp, else 0. */
  readonly age: number;
  /** 1 while it counts in full, else 0. */
  readonly full: number;
  /** The segment of the ramp that it belongs to: how many of the good rows are older. */
  readonly segment: number;
};

/** Sums over all observations of one parameter, of the parts that do not change with the number of trials. */
export type Sums = {
  /** Empties the sums, of which there is one segment then. */
  clear(): void;
  /** Makes an empty segment at a place; those from there on move up. */
  insertSegment(at: number): void;
  /** Joins a segment with the one before it; those behind it move down. */
  joinSegment(at: number): void;
  /** Adds to the age of every observation on the ramp in this segment and those behind it. */
  shiftAges(from: number, by: 1 | -1): void;
  /** Adds shares of the observation at a position of the sorted rows. */
  add(position: number, share: Share): void;
  /** Whether an observation's part depends on its neighbours in value. */
  readonly dependsOnNeighbours: boolean;
  /** The logarithm of the density, or probability, at a parameter's value, up to a constant. */
  score(value: number, weights: SumWeights): number;
};

/** What the sums of ramp and age weigh now, and the prior beside one observation in full. */
export type SumWeights = { readonly ramp: number; readonly age: number; readonly prior: number };

const FULL: Share = { ramp: 0, age: 0, full: 1, segment: 0 };
const NOT_FULL: Share = { ramp: 0, age: 0, full: -1, segment: 0 };

/** Fewer observations than this are summed anew each time, as hyperopt does. */
const KEPT_FROM = 200;

/**
 * The density of the trials that are not good, in one parameter. It follows the changes of single rows, so that with any
 * number of trials a suggestion takes the same time. A row that leaves the good ones makes all younger ones older by one:
 * sums are therefore also kept for each segment of rows between two good ones, and whole segments grow older at once.
 * Only when an old row becomes a good one, which a growing share of good ones brings about now and then, are all rows
 * looked at.
 */
export class AboveModel {
  readonly sorted: SortedRows = new SortedRows();
  readonly #sums: Sums;
  /** The first `#ageCount` are the rows in ascending order, which is that of their age. */
  #byAge = new Float64Array(64);
  #ageCount = 0;
  /** The rows that were taken out, ascending; they end the segments. */
  readonly #goodRows: number[] = [];
  /** From this age on observations count in full, in the sums as they are. */
  #fullFrom = 0;
  /** Whether the sums hold what the rows say. */
  #isCurrent = false;
  readonly #valueOf: (row: number) => number;

  /** `valueOf` gives the value that a row was added with. */
  constructor(prior: Prior, valueOf: (row: number) => number) {
    this.#valueOf = valueOf;
    this.#sums = isDiscrete(prior)
      ? new CategorySums(prior, this.sorted)
      : new NumberSums(prior, this.sorted);
  }

  /** Whether `score` is worth its upkeep. */
  get isKept(): boolean {
    return this.sorted.length >= KEPT_FROM;
  }

  /** The logarithm of the density at a parameter's value, up to a constant of this model. */
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
    this.sorted.insert(row, value);
    if (!this.#isCurrent) return;
    if (age < this.#fullFrom) this.#fullFrom++; // Those that count in full are the same as before.
    this.#addNeighbours(position - 1, position + 1, 1);
    this.#addAt(position, 1);
    const fullFrom = Math.max(0, this.#ageCount - FULL_WEIGHT_COUNT);
    if (fullFrom > this.#fullFrom) this.#moveFullFrom(fullFrom);
  }

  /** Takes a row out that was added with this value. */
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
    this.sorted.remove(row, value);
    this.#byAge.copyWithin(age, age + 1, this.#ageCount--);
    if (this.#isCurrent) this.#addNeighbours(position - 1, position, 1);
  }

  /** A row that comes back from the good ones: the segments that it parted are one, and younger rows older by one. */
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

  #ageOf(row: number): number {
    return lowerBound(this.#byAge, row, this.#ageCount);
  }

  #rebuild(): void {
    this.#sums.clear();
    this.#goodRows.forEach((_, index) => this.#sums.insertSegment(index));
    this.#fullFrom = Math.max(0, this.#ageCount - FULL_WEIGHT_COUNT);
    this.#isCurrent = true;
    for (let position = 0; position < this.sorted.length; position++) this.#addAt(position, 1);
  }

  /** Two observations, where they are there, with what they add now or, with `sign` −1, have added. */
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
