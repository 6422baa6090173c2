/** Slots of one feature in a histogram: a bin is a byte. */
export const BIN_SLOTS = 256;

/** Bits of a row entry that hold its weight; the row number has the others. */
export const WEIGHT_BITS = 4;
/** The largest weight of one entry; a row drawn more often has several entries. */
export const WEIGHT_MAX: number = 2 ** WEIGHT_BITS - 1;
/** Rows that an entry of 32 bits can number. */
export const ROW_COUNT_MAX: number = 2 ** (32 - WEIGHT_BITS);

/**
 * The training data as kernels read it. A row is `rowBytes` bytes, a multiple of 16, so that a narrow row never crosses a
 * cache line: one byte a feature with the number of its bin, padding, and the class in the last byte. A feature's missing
 * values have a bin of their own, the last one.
 */
export type BinnedTable = {
  readonly numRows: number;
  readonly numFeatures: number;
  readonly numClasses: number;
  readonly rowBytes: number;
  /** numRows × rowBytes, shared between the workers. */
  readonly bytes: Uint8Array;
  /** The same memory as 32-bit words. */
  readonly words: Uint32Array;
  /** The number of bins of each feature, its bin for missing values included. */
  readonly binCounts: Uint16Array;
  /** 1 for each feature that has a bin for missing values. */
  readonly hasMissing: Uint8Array;
};

/** Where the counts of a feature's bins begin in a histogram: [feature][bin][class]. */
export function histogramOffset(table: BinnedTable, feature: number): number {
  return feature * BIN_SLOTS * table.numClasses;
}

/** The number of counts in a histogram: room for every byte of a row, as kernels may count padding along. */
export function histogramLength({
  numFeatures,
  numClasses,
}: Pick<BinnedTable, "numFeatures" | "numClasses">): number {
  return rowBytesOf(numFeatures) * BIN_SLOTS * numClasses;
}

/** A row's bytes: its features and its class, rounded up so that narrow rows never cross a cache line. */
export function rowBytesOf(numFeatures: number): number {
  return Math.ceil((numFeatures + 1) / ROW_UNIT_BYTES) * ROW_UNIT_BYTES;
}

/** A quarter of a cache line. */
const ROW_UNIT_BYTES = 16;
