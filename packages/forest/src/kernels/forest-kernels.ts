import type { BinnedTable } from "./binned-table.ts";

/** The rows of a node: entries `start` up to but not including `end`, each `row << 4 | weight`. */
export type NodeRows = {
  readonly entries: Uint32Array;
  readonly start: number;
  readonly end: number;
};

export type SplitRequest = {
  readonly table: BinnedTable;
  readonly histogram: Int32Array;
  /** The features to try, in this order. */
  readonly features: Int32Array;
  /** The weight of each class in the node. */
  readonly classWeights: Int32Array;
  /** The least weight on either side. */
  readonly minLeafWeight: number;
};

/** A split: rows whose bin is at most `bin` go left; the missing ones where `missingLeft` says. */
export type Split = {
  readonly feature: number;
  readonly bin: number;
  /** The lowest bin that occurs on the right side; -1 when only missing values go right. */
  readonly nextBin: number;
  readonly missingLeft: boolean;
  /** Σ over both sides of Σ over classes of weight² / weight of the side. */
  readonly score: number;
  readonly leftWeights: Int32Array;
};

/**
 * The inner loops of fitting. Counts are integers and scores are doubles computed in one given order, so that every
 * implementation returns the same, bit for bit; `testing/kernel-suite.ts` checks it. Kernels keep no state and never
 * allocate in proportion to the rows.
 */
export type ForestKernels = {
  readonly name: string;
  /** Adds the weights of the rows to the histogram's counts for the given features, and to no others. */
  addHistogram(table: BinnedTable, rows: NodeRows, features: Int32Array, histogram: Int32Array): void;
  /**
   * The split with the highest score; the earlier feature, then the lower bin, then missing values to the right win a tie.
   * Undefined when no feature separates the rows into two sides of at least `minLeafWeight`. Where a node has no missing
   * value of a feature, missing ones go to the heavier side, left when equal, as in scikit-learn.
   */
  findSplit(request: SplitRequest): Split | undefined;
  /**
   * Moves the rows that go left to the front and the others behind them, each in their former order, and returns where
   * the others begin. `spare` has room for the node's rows.
   */
  partitionRows(table: BinnedTable, rows: NodeRows, split: Split, spare: Uint32Array): number;
};
