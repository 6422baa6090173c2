import { type BinnedTable, histogramOffset, WEIGHT_BITS, WEIGHT_MAX } from "./binned-table.ts";
import type { ForestKernels, NodeRows, Split, SplitRequest } from "./forest-kernels.ts";
import { sideScore } from "./side-score.ts";

/** The kernels as plainly as they can be written: the oracle that faster ones are compared with. */
export const referenceKernels: ForestKernels = {
  name: "reference",
  addHistogram,
  findSplit,
  partitionRows,
};

function addHistogram(table: BinnedTable, rows: NodeRows, features: Int32Array, histogram: Int32Array): void {
  for (let i = rows.start; i < rows.end; i++) {
    const entry = rows.entries[i] ?? 0;
    const row = (entry >>> WEIGHT_BITS) * table.rowBytes;
    const klass = table.bytes[row + table.rowBytes - 1] ?? 0;
    for (const feature of features) {
      const bin = table.bytes[row + feature] ?? 0;
      const slot = histogramOffset(table, feature) + bin * table.numClasses + klass;
      histogram[slot] = (histogram[slot] ?? 0) + (entry & WEIGHT_MAX);
    }
  }
}

function findSplit(request: SplitRequest): Split | undefined {
  let best: Split | undefined;
  for (const feature of request.features) {
    for (const missingLeft of request.table.hasMissing[feature] === 1 ? [false, true] : [false]) {
      for (const split of splitsOf(request, feature, missingLeft)) {
        if (best === undefined || split.score > best.score) best = split;
      }
    }
  }
  return best;
}

/** Every allowed split on one feature, from the lowest bin up. */
function splitsOf(request: SplitRequest, feature: number, missingLeft: boolean): Split[] {
  const { table, classWeights } = request;
  const bins = weightsByBin(request, feature);
  const missing = table.hasMissing[feature] === 1 ? bins.pop() : undefined;
  const hasMissing = missing !== undefined && total(missing) > 0;
  if (missingLeft && !hasMissing) return [];
  const left = Int32Array.from(missingLeft && missing ? missing : classWeights.map(() => 0));
  const splits: Split[] = [];
  bins.forEach((weights, bin) => {
    if (total(weights) === 0) return;
    weights.forEach((weight, klass) => (left[klass] = (left[klass] ?? 0) + weight));
    const leftWeights = left.slice();
    const right = classWeights.map((weight, klass) => weight - (left[klass] ?? 0));
    if (total(leftWeights) < request.minLeafWeight || total(right) < request.minLeafWeight) return;
    if (total(right) === 0) return;
    const nextBin = bins.findIndex((other, i) => i > bin && total(other) > 0);
    const toLeft = hasMissing ? missingLeft : total(leftWeights) >= total(right);
    splits.push({
      feature,
      bin,
      nextBin,
      missingLeft: toLeft,
      leftWeights,
      score: sideScore(leftWeights, right),
    });
  });
  return splits;
}

function weightsByBin(request: SplitRequest, feature: number): Int32Array[] {
  const { table, histogram } = request;
  const offset = histogramOffset(table, feature);
  return Array.from({ length: table.binCounts[feature] ?? 0 }, (_, bin) => {
    const start = offset + bin * table.numClasses;
    return histogram.slice(start, start + table.numClasses);
  });
}

function partitionRows(table: BinnedTable, rows: NodeRows, split: Split, spare: Uint32Array): number {
  const { entries, start, end } = rows;
  let leftEnd = start;
  let rightCount = 0;
  for (let i = start; i < end; i++) {
    const entry = entries[i] ?? 0;
    if (goesLeft(table, entry, split)) entries[leftEnd++] = entry;
    else spare[rightCount++] = entry;
  }
  entries.set(spare.subarray(0, rightCount), leftEnd);
  return leftEnd;
}

function goesLeft(table: BinnedTable, entry: number, split: Split): boolean {
  const bin = table.bytes[(entry >>> WEIGHT_BITS) * table.rowBytes + split.feature] ?? 0;
  const isMissing =
    table.hasMissing[split.feature] === 1 && bin === (table.binCounts[split.feature] ?? 0) - 1;
  return isMissing ? split.missingLeft : bin <= split.bin;
}

function total(weights: Int32Array): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}
