/*
 * A node that is neither split nor closed: the location of its records, where it is written, its histogram, its stats,
 * and its split once found. Nodes at even depths have their records in one buffer, those at odd depths in the other.
 */
import {
  criterion,
  minSamplesLeaf,
  minSamplesSplit,
  maxDepth,
  numOutputs,
  numStats,
  outputSizes,
  recordsA,
  recordsB,
  rowBytes,
  values,
} from "./job";

/** Byte offsets in a node. */
export const START: u32 = 0;
export const END: u32 = 4;
export const DEPTH: u32 = 8;
export const WORD: u32 = 12;
/** The number of its histogram, or -1, and the bytes per slot. */
export const HISTOGRAM: u32 = 16;
export const SLOT_BYTES: u32 = 20;
const STATS: u32 = 32;

/** Byte offsets in a split. */
export const FEATURE: u32 = 0;
export const BIN: u32 = 4;
export const MISSING_LEFT: u32 = 8;
export const DECREASE: u32 = 16;
const SIDES: u32 = 32;
const LEFT: u32 = SIDES + 256;

export function statsAt(node: u32): u32 {
  return node + STATS;
}

export function splitAt(node: u32): u32 {
  return node + STATS + numStats * 8;
}

/** One byte for each bin of the split's feature: 1 if its rows go left. */
export function sidesAt(node: u32): u32 {
  return splitAt(node) + SIDES;
}

export function leftAt(node: u32): u32 {
  return splitAt(node) + LEFT;
}

export function rightAt(node: u32): u32 {
  return leftAt(node) + numStats * 8;
}

export function drawsOf(node: u32): f64 {
  return load<f64>(node + STATS);
}

export function recordsAtDepth(depth: u32): u32 {
  return depth & 1 ? recordsB : recordsA;
}

export function recordAt(node: u32, index: u32): u32 {
  return recordsAtDepth(load<u32>(node + DEPTH)) + index * rowBytes;
}

export function recordCount(node: u32): u32 {
  return load<u32>(node + END) - load<u32>(node + START);
}

/** The weight of a node or of a side. */
export function weightOf(stats: u32): f64 {
  if (criterion >= 2) return load<f64>(stats + 8);
  const size = load<u32>(outputSizes);
  let weight: f64 = 0;
  for (let k: u32 = 1; k <= size; k++) weight += load<f64>(stats + k * 8);
  return weight;
}

let minWeightLeaf: f64 = 0;

export function setMinWeightLeaf(weight: f64): void {
  minWeightLeaf = weight;
}

/** The minimum draws of a side if rows are weighted by their draws. */
export function leastDraws(): f64 {
  return max(1, max(minSamplesLeaf, minWeightLeaf));
}

/** Whether a side has the minimum draws and weight of a leaf. */
export function isLargeEnough(stats: u32): bool {
  const draws = load<f64>(stats);
  return draws > 0 && draws >= minSamplesLeaf && (minWeightLeaf == 0 || weightOf(stats) >= minWeightLeaf);
}

export function maySplit(node: u32): bool {
  const draws = drawsOf(node);
  if (draws < minSamplesSplit || draws < 2 * minSamplesLeaf) return false;
  if (maxDepth && load<u32>(node + DEPTH) >= maxDepth) return false;
  if (minWeightLeaf > 0 && weightOf(statsAt(node)) < 2 * minWeightLeaf) return false;
  return criterion >= 2 ? !valuesAreEqual(node) : !classesAreEqual(statsAt(node));
}

function classesAreEqual(stats: u32): bool {
  let first: u32 = 1;
  for (let o: u32 = 0; o < numOutputs; o++) {
    const size = load<u32>(outputSizes + o * 4);
    let present: u32 = 0;
    for (let k: u32 = 0; k < size; k++) present += u32(load<f64>(stats + (first + k) * 8) != 0);
    if (present > 1) return false;
    first += size;
  }
  return true;
}

function valuesAreEqual(node: u32): bool {
  const end = recordAt(node, load<u32>(node + END));
  const first = recordAt(node, load<u32>(node + START));
  const bytes = numOutputs * 8;
  const expected = values + load<u32>(first + rowBytes - 5) * bytes;
  for (let row = first; row < end; row += rowBytes) {
    if (memory.compare(values + load<u32>(row + rowBytes - 5) * bytes, expected, bytes) != 0) return false;
  }
  return true;
}

/**
 * The purity of some rows times their weight, up to a constant for the whole node: sum of weight² / weight, of weight ·
 * log(share), of value² / weight, or of value · log(mean), over classes and outputs.
 */
export function purity(stats: u32): f64 {
  return criterion >= 2 ? purityOfValues(stats) : purityOfClasses(stats);
}

function purityOfClasses(stats: u32): f64 {
  let first: u32 = 1;
  let total: f64 = 0;
  const weight = weightOf(stats);
  for (let o: u32 = 0; o < numOutputs; o++) {
    const size = load<u32>(outputSizes + o * 4);
    let sum: f64 = 0;
    for (let k: u32 = 0; k < size; k++) {
      const share = load<f64>(stats + (first + k) * 8);
      if (criterion == 0) sum += share * share;
      else if (share > 0) sum += share * log(share / weight);
    }
    total += criterion == 0 ? sum / weight : sum;
    first += size;
  }
  return total;
}

function purityOfValues(stats: u32): f64 {
  const weight = load<f64>(stats + 8);
  let total: f64 = 0;
  for (let o: u32 = 0; o < numOutputs; o++) {
    const sum = load<f64>(stats + (2 + o) * 8);
    if (criterion == 2) total += (sum * sum) / weight;
    else if (sum <= 0) return -Infinity;
    else total += sum * log(sum / weight);
  }
  return total;
}

/** The host's logarithm, so that all implementations round the same way. */
@external("env", "log")
declare function log(x: f64): f64;
