/** An observation's contribution to the sums. A change of side or age is a share with negative parts. */
export type Share = {
  /** 1 if it is on the forgetting ramp, otherwise 0. */
  readonly ramp: number;
  /** Its age if it is on the ramp, otherwise 0. */
  readonly age: number;
  /** 1 if it has full weight, otherwise 0. */
  readonly full: number;
  /** The segment of the ramp that it belongs to: the number of good rows that are older. */
  readonly segment: number;
};

/** Sums over all observations of one parameter of the terms that do not depend on the number of trials. */
export type Sums = {
  /** Resets the sums to one empty segment. */
  clear(): void;
  /** Inserts an empty segment; those from there on move up. */
  insertSegment(at: number): void;
  /** Merges a segment into the one before it; those after it move down. */
  joinSegment(at: number): void;
  /** Adds to the age of every observation on the ramp in this segment and those after it. */
  shiftAges(from: number, by: 1 | -1): void;
  /** Adds shares of the observation at a position of the sorted rows. */
  add(position: number, share: Share): void;
  /** Whether an observation's contribution depends on its neighbors in value. */
  readonly dependsOnNeighbours: boolean;
  /** The logarithm of the density, or probability, at a parameter's value, up to a constant. */
  score(value: number, weights: SumWeights): number;
};

/** The current weights of the ramp and age sums, and of the prior relative to one observation with full weight. */
export type SumWeights = { readonly ramp: number; readonly age: number; readonly prior: number };
