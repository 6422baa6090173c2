import { Random } from "@flightdeck/core";
import { type BinnedTable, rowBytesOf } from "../kernels/binned-table.ts";
import { assignBins } from "./assign-bins.ts";
import { binEdges } from "./bin-edges.ts";

/** What the workers need to know of the training data; all of it can be posted to them without a copy of the rows. */
export type BinnedFeatures = {
  readonly table: BinnedTable;
  /** For each feature of the table its number among all features; constant ones have no place in the table. */
  readonly featureNumbers: Int32Array;
  /** For each feature of the table the upper edges of its bins. */
  readonly edges: readonly Float32Array[];
};

export type BinningInput = {
  readonly columns: readonly Float32Array[];
  readonly codes: Uint8Array;
  readonly numClasses: number;
  readonly maxBins: number;
  readonly seed: number;
};

/** Enough for 255 quantiles: the share of a bin varies by some 6 % of itself. Sorting more takes longer than it gains. */
const SAMPLE_ROWS_MAX = 2 ** 16;

type BinnedColumn = {
  readonly number: number;
  readonly values: Float32Array;
  readonly edges: Float32Array;
  readonly hasMissing: boolean;
};

/** Sorts every feature's values into bins. Features with one value only are left out: no node could split on them. */
export function binFeatures(input: BinningInput): BinnedFeatures {
  const rows = sampledRows(input.codes.length, input.seed);
  const columns = input.columns
    .map((values, number) => binColumn(values, number, rows, input.maxBins))
    .filter(({ edges, hasMissing }) => edges.length + Number(hasMissing) > 0);
  return {
    table: tableOf(columns, input),
    featureNumbers: Int32Array.from(columns, ({ number }) => number),
    edges: columns.map(({ edges }) => edges),
  };
}

function binColumn(values: Float32Array, number: number, rows: Uint32Array, maxBins: number): BinnedColumn {
  const sample = new Float32Array(rows.length);
  let size = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i] ?? 0] ?? 0;
    if (!Number.isNaN(value)) sample[size++] = value;
  }
  const hasMissing = values.some((value) => Number.isNaN(value));
  return { number, values, edges: binEdges(sample.subarray(0, size), maxBins), hasMissing };
}

function tableOf(columns: readonly BinnedColumn[], { codes, numClasses }: BinningInput): BinnedTable {
  const rowBytes = rowBytesOf(columns.length);
  const memory = new SharedArrayBuffer(codes.length * rowBytes);
  const bytes = new Uint8Array(memory);
  columns.forEach(({ values, edges }, feature) => {
    assignBins({ values, edges, missingBin: edges.length + 1 }, bytes, rowBytes, feature);
  });
  for (let row = 0; row < codes.length; row++) bytes[row * rowBytes + rowBytes - 1] = codes[row] ?? 0;
  return {
    numRows: codes.length,
    numFeatures: columns.length,
    numClasses,
    rowBytes,
    bytes,
    words: new Uint32Array(memory),
    binCounts: Uint16Array.from(columns, ({ edges, hasMissing }) => edges.length + 1 + Number(hasMissing)),
    hasMissing: Uint8Array.from(columns, ({ hasMissing }) => Number(hasMissing)),
  };
}

/** The rows whose values set the edges: all, or a sample that depends on the seed only. Sorted, for reading in order. */
function sampledRows(numRows: number, seed: number): Uint32Array {
  if (numRows <= SAMPLE_ROWS_MAX) return Uint32Array.from({ length: numRows }, (_, row) => row);
  const random = new Random(seed);
  return Uint32Array.from({ length: SAMPLE_ROWS_MAX }, () => Math.floor(random.nextFloat() * numRows)).sort();
}
