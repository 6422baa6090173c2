/* The layout of this thread's scratch memory. */
import { numFeatures, numStats, scratch } from "./job";

/** A feature's expanded slots, 256 × three doubles. */
const EXPANDED_BYTES: u32 = 256 * 24;
const TABLE_BYTES: u32 = 256;

/** 1 for each bin whose rows go left. */
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

/** The weight factor of each class of the first output. */
export function classFactors(): u32 {
  return bestSet() + TABLE_BYTES;
}

/** Four packed sums. */
export function lanes(): u32 {
  return classFactors() + 256 * 8;
}

/** The increments of one row: `numStats` pairs of 16 bytes. */
export function increments(): u32 {
  return lanes() + 16;
}

/** The stats on the left and right side of a scan. */
export function leftStats(): u32 {
  return increments() + numStats * 16;
}

export function rightStats(): u32 {
  return leftStats() + numStats * 8;
}

/** Three nodes: the one being split and its children. */
export function workNodes(): u32 {
  return rightStats() + numStats * 8;
}

/** The bytes of a waiting node: eight words, its stats and its split. */
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

/** The total size, with room for the numbers of this many free histograms. */
export function scratchBytes(histogramMax: u32): u32 {
  return freeHistograms() + histogramMax * 4 - scratch;
}

/** The numbers of the free histograms, 32-bit words. */
export function freeHistograms(): u32 {
  return allFeatures() + numFeatures * 4;
}
