import { type BinnedTable, histogramOffset } from "./binned-table.ts";
import type { Split, SplitRequest } from "./forest-kernels.ts";

/** One pass over a feature's bins, and the best split of all passes so far. */
type Scan = {
  readonly counts: Int32Array;
  readonly numClasses: number;
  /** The weight of each class, and of all, in the node. */
  readonly classWeights: Int32Array;
  readonly total: number;
  readonly minLeft: number;
  readonly minRight: number;
  /** The class weights on the left of the bin that the pass has reached. */
  readonly left: Int32Array;
  feature: number;
  /** Where the feature's counts begin, and how many bins it has without the missing one. */
  offset: number;
  bins: number;
  missingLeft: boolean;
  bestFeature: number;
  bestBin: number;
  bestMissingLeft: boolean;
  bestScore: number;
};

export function findSplit(request: SplitRequest): Split | undefined {
  const scan = newScan(request);
  for (const feature of request.features) scanFeature(scan, request.table, feature);
  return scan.bestFeature === -1 ? undefined : splitOf(scan, request.table);
}

function newScan({ table, histogram, classWeights, minLeafWeight }: SplitRequest): Scan {
  return {
    counts: histogram,
    numClasses: table.numClasses,
    classWeights,
    total: sum(classWeights),
    minLeft: minLeafWeight,
    minRight: Math.max(1, minLeafWeight),
    left: new Int32Array(table.numClasses),
    feature: -1,
    offset: 0,
    bins: 0,
    missingLeft: false,
    bestFeature: -1,
    bestBin: -1,
    bestMissingLeft: false,
    bestScore: -Infinity,
  };
}

function scanFeature(scan: Scan, table: BinnedTable, feature: number): void {
  const hasMissing = table.hasMissing[feature] === 1;
  scan.feature = feature;
  scan.offset = histogramOffset(table, feature);
  scan.bins = (table.binCounts[feature] ?? 0) - (hasMissing ? 1 : 0);
  scan.missingLeft = false;
  scanBins(scan);
  if (!hasMissing || weightOfBin(scan, scan.bins) === 0) return;
  scan.missingLeft = true;
  scanBins(scan);
}

function scanBins(scan: Scan): void {
  if (scan.numClasses === 2) scanTwoClasses(scan);
  else scanManyClasses(scan);
}

function scanTwoClasses(scan: Scan): void {
  const { counts, offset, bins, total, minLeft, minRight, missingLeft } = scan;
  const ones = scan.classWeights[1] ?? 0;
  const missing = offset + bins * 2;
  let leftOnes = missingLeft ? (counts[missing + 1] ?? 0) : 0;
  let left = missingLeft ? (counts[missing] ?? 0) + leftOnes : 0;
  let best = scan.bestScore;
  for (let bin = 0; bin < bins; bin++) {
    const binOnes = counts[offset + bin * 2 + 1] ?? 0;
    const weight = (counts[offset + bin * 2] ?? 0) + binOnes;
    if (weight === 0) continue;
    left += weight;
    leftOnes += binOnes;
    const right = total - left;
    if (right < minRight) break;
    if (left < minLeft) continue;
    const rightOnes = ones - leftOnes;
    // The same expression as in side-score.ts, in the same order.
    const score = (leftOnes * leftOnes * right + rightOnes * rightOnes * left) / (left * right);
    if (score <= best) continue;
    best = score;
    keep(scan, bin, score);
  }
}

function scanManyClasses(scan: Scan): void {
  const { counts, numClasses, offset, bins, total, minLeft, minRight, left } = scan;
  const missing = offset + bins * numClasses;
  for (let k = 0; k < numClasses; k++) left[k] = scan.missingLeft ? (counts[missing + k] ?? 0) : 0;
  let leftTotal = scan.missingLeft ? weightOfBin(scan, bins) : 0;
  for (let bin = 0; bin < bins; bin++) {
    const weight = weightOfBin(scan, bin);
    if (weight === 0) continue;
    const at = offset + bin * numClasses;
    for (let k = 0; k < numClasses; k++) left[k] = (left[k] ?? 0) + (counts[at + k] ?? 0);
    leftTotal += weight;
    const rightTotal = total - leftTotal;
    if (rightTotal < minRight) break;
    if (leftTotal < minLeft) continue;
    const score = scoreOf(scan, leftTotal, rightTotal);
    if (score > scan.bestScore) keep(scan, bin, score);
  }
}

/** The same expression as in side-score.ts, in the same order. */
function scoreOf({ left, classWeights, numClasses }: Scan, leftTotal: number, rightTotal: number): number {
  let leftSquares = 0;
  let rightSquares = 0;
  for (let k = 0; k < numClasses; k++) {
    const l = left[k] ?? 0;
    const r = (classWeights[k] ?? 0) - l;
    leftSquares += l * l;
    rightSquares += r * r;
  }
  return leftSquares / leftTotal + rightSquares / rightTotal;
}

function keep(scan: Scan, bin: number, score: number): void {
  scan.bestFeature = scan.feature;
  scan.bestBin = bin;
  scan.bestMissingLeft = scan.missingLeft;
  scan.bestScore = score;
}

function splitOf(scan: Scan, table: BinnedTable): Split {
  const feature = scan.bestFeature;
  const hasMissing = table.hasMissing[feature] === 1;
  scan.offset = histogramOffset(table, feature);
  scan.bins = (table.binCounts[feature] ?? 0) - (hasMissing ? 1 : 0);
  scan.missingLeft = scan.bestMissingLeft;
  const leftWeights = leftWeightsOf(scan);
  const nodeHasMissing = hasMissing && weightOfBin(scan, scan.bins) > 0;
  return {
    feature,
    bin: scan.bestBin,
    nextBin: nextOccupied(scan),
    missingLeft: nodeHasMissing ? scan.bestMissingLeft : sum(leftWeights) * 2 >= scan.total,
    score: scan.bestScore,
    leftWeights,
  };
}

function leftWeightsOf(scan: Scan): Int32Array {
  const left = new Int32Array(scan.numClasses);
  for (let bin = 0; bin <= scan.bestBin; bin++) addBin(scan, bin, left);
  if (scan.missingLeft) addBin(scan, scan.bins, left);
  return left;
}

function addBin({ counts, offset, numClasses }: Scan, bin: number, to: Int32Array): void {
  const at = offset + bin * numClasses;
  for (let k = 0; k < numClasses; k++) to[k] = (to[k] ?? 0) + (counts[at + k] ?? 0);
}

function nextOccupied(scan: Scan): number {
  for (let bin = scan.bestBin + 1; bin < scan.bins; bin++) if (weightOfBin(scan, bin) > 0) return bin;
  return -1;
}

function weightOfBin({ counts, offset, numClasses }: Scan, bin: number): number {
  const at = offset + bin * numClasses;
  let weight = 0;
  for (let k = 0; k < numClasses; k++) weight += counts[at + k] ?? 0;
  return weight;
}

function sum(weights: Int32Array): number {
  let total = 0;
  for (let k = 0; k < weights.length; k++) total += weights[k] ?? 0;
  return total;
}
