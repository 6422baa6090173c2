import { type BinnedTable, histogramOffset } from "../kernels/binned-table.ts";

/** Whether a node's rows lie in more than one bin of the feature. */
export function varies(table: BinnedTable, histogram: Int32Array, feature: number): boolean {
  const start = histogramOffset(table, feature);
  const end = start + (table.binCounts[feature] ?? 0) * table.numClasses;
  let occupied = -1;
  for (let i = start; i < end; i++) {
    if (histogram[i] === 0) continue;
    const bin = Math.floor((i - start) / table.numClasses);
    if (occupied !== -1 && bin !== occupied) return true;
    occupied = bin;
  }
  return false;
}
