/* Where small things lie in this thread's scratch memory. */
import { numFeatures, numStats, scratch } from "./job";

/** A feature's slots written out, 256 × three doubles. */
const EXPANDED_BYTES: u32 = 256 * 24;
const TABLE_BYTES: u32 = 256;

/** For each bin 1 where its rows go left. */
export function sideTable(): u32 {
  return scratch + EXPANDED_BYTES;
}

/** The occupied bins of a feature, in the order of a scan. */
export function binOrder(): u32 {
  return sideTable() + TABLE_BYTES;
}

/** The best split's bins on the left, one byte each. */
export function bestSet(): u32 {
  return binOrder() + TABLE_BYTES;
}

/** For each class of the first output what its rows' weights are multiplied by. */
export function classFactors(): u32 {
  return bestSet() + TABLE_BYTES;
}

/** Four packed sums. */
export function lanes(): u32 {
  return classFactors() + 256 * 8;
}

/** What one row adds: `numStats` pairs of 16 bytes. */
export function increments(): u32 {
  return lanes() + 16;
}

/** The stats on the left and on the right of a scan. */
export function leftStats(): u32 {
  return increments() + numStats * 16;
}

export function rightStats(): u32 {
  return leftStats() + numStats * 8;
}

/** Three nodes: the one that is split and its children. */
export function workNodes(): u32 {
  return rightStats() + numStats * 8;
}

/** The bytes of a node that waits: eight words, its stats and its split. */
export function nodeBytes(): u32 {
  return 32 + numStats * 8 + 32 + 256 + numStats * 16;
}

/** The order in which features are drawn, 32-bit words. */
export function featureOrder(): u32 {
  return workNodes() + 3 * nodeBytes();
}

/** All features in order, 32-bit words. */
export function allFeatures(): u32 {
  return featureOrder() + numFeatures * 4;
}

/** All of it, with room for the numbers of so many free histograms. */
export function scratchBytes(histogramMax: u32): u32 {
  return freeHistograms() + histogramMax * 4 - scratch;
}

/** The free histograms' numbers, 32-bit words. */
export function freeHistograms(): u32 {
  return allFeatures() + numFeatures * 4;
}
