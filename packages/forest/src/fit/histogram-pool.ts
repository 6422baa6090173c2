import { type BinnedTable, histogramLength, histogramOffset } from "../kernels/binned-table.ts";

/** Keeps the memory of histograms that are no longer needed for the next ones. */
export class HistogramPool {
  private readonly table: BinnedTable;
  private readonly free: Int32Array[] = [];

  constructor(table: BinnedTable) {
    this.table = table;
  }

  /** A histogram of any content. */
  take(): Int32Array {
    return this.free.pop() ?? new Int32Array(histogramLength(this.table));
  }

  give(histogram: Int32Array): void {
    this.free.push(histogram);
  }

  /** Sets the counts of the given features to 0. */
  clear(histogram: Int32Array, features: Int32Array): void {
    for (const feature of features) {
      const start = histogramOffset(this.table, feature);
      histogram.fill(0, start, start + this.countsOf(feature));
    }
  }

  /** Takes a part's counts away from the whole's, which leaves the other part's. Exact, as counts are integers. */
  subtract(whole: Int32Array, part: Int32Array): void {
    for (let feature = 0; feature < this.table.numFeatures; feature++) {
      const start = histogramOffset(this.table, feature);
      subtractRange(whole, part, start, start + this.countsOf(feature));
    }
  }

  private countsOf(feature: number): number {
    return (this.table.binCounts[feature] ?? 0) * this.table.numClasses;
  }
}

function subtractRange(whole: Int32Array, part: Int32Array, start: number, end: number): void {
  for (let i = start; i < end; i++) whole[i] = (whole[i] ?? 0) - (part[i] ?? 0);
}
