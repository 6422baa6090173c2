/* Grows one tree, from drawing its rows to writing its nodes in the format of src/forest.ts. */
import {
  balanced,
  categorical,
  categorySets,
  criterion,
  drawCount,
  draws,
  edges,
  featureNumbers,
  frontier,
  importances,
  leaves,
  maxLeafNodes,
  narrowMax,
  minWeightFractionLeaf,
  nodes,
  nodeWeights,
  numAllFeatures,
  numFeatures,
  numRows,
  numStats,
  packed,
  recordsA,
  rowBytes,
  rows,
  subtracts,
  weights,
  binCounts,
  codes,
  numOutputs,
  outputSizes,
} from "./job";
import { countNode, findSplit, nextOccupied } from "./find-split";
import { addStats, histogramAt, narrow, readStats, slotBytes, subtract } from "./histogram";
import {
  BIN,
  DECREASE,
  DEPTH,
  drawsOf,
  END,
  FEATURE,
  HISTOGRAM,
  leftAt,
  maySplit,
  MISSING_LEFT,
  recordCount,
  recordsAtDepth,
  rightAt,
  setMinWeightLeaf,
  sidesAt,
  SLOT_BYTES,
  splitAt,
  START,
  statsAt,
  weightOf,
  WORD,
} from "./node";
import { nextBelow, seedRandom } from "./random";
import { allFeatures, classFactors, featureOrder, freeHistograms, nodeBytes, workNodes } from "./scratch";

/** A child with fewer records is counted rather than computed by subtraction: the same counts for less work. */
const SUBTRACT_ROWS_MIN: u32 = 200;

/** Read by the host after `growTree`: the numbers of node words, leaf values and category set words. */
export let nodeWords: u32 = 0;
export let leafValues: u32 = 0;
export let setWords: u32 = 0;

let waiting: u32 = 0;
let freeCount: u32 = 0;
let histogramCount: u32 = 0;
let rootWeight: f64 = 0;

export function growTree(seed: u32): void {
  seedRandom(seed);
  nodeWords = 3;
  leafValues = setWords = waiting = freeCount = histogramCount = 0;
  memory.fill(importances, 0, numAllFeatures * 8);
  for (let feature: u32 = 0; feature < numFeatures; feature++) {
    store<u32>(allFeatures() + feature * 4, feature);
    store<u32>(featureOrder() + feature * 4, feature);
  }
  const root = workNodes();
  memory.fill(root, 0, nodeBytes());
  store<u32>(root + END, drawRows());
  store<i32>(root + HISTOGRAM, -1);
  sumRecords(root);
  rootWeight = weightOf(statsAt(root));
  setMinWeightLeaf(minWeightFractionLeaf * rootWeight);
  if (maxLeafNodes) growBestFirst(root);
  else growDepthFirst(root);
}

/** Copies the tree's rows into records, each with its number of draws, and returns the number of records. */
function drawRows(): u32 {
  if (drawCount) {
    memory.fill(draws, 0, numRows);
    for (let i: u32 = 0; i < drawCount; i++) {
      const at = draws + nextBelow(numRows);
      store<u8>(at, load<u8>(at) + 1);
    }
  }
  const step = rowBytes;
  let to = recordsA;
  for (let row: u32 = 0; row < numRows; row++) {
    const times: u8 = drawCount ? load<u8>(draws + row) : 1;
    copyRecord(to, rows + row * step, step);
    store<u8>(to + step - 1, times);
    const counts = times != 0 && (!weights || load<f64>(weights + row * 8) > 0);
    to += counts ? step : 0;
  }
  if (balanced) weighClasses(to);
  return (to - recordsA) / step;
}

// @ts-ignore: decorator
@inline
function copyRecord(to: u32, from: u32, bytes: u32): void {
  for (let at: u32 = 0; at < bytes; at += 16) v128.store(to + at, v128.load(from + at));
}

/** Gives every class the same total weight, like scikit-learn's "balanced_subsample". */
function weighClasses(end: u32): void {
  const size = load<u32>(outputSizes);
  const factors = classFactors();
  memory.fill(factors, 0, 256 * 8);
  let total: f64 = 0;
  for (let row = recordsA; row < end; row += rowBytes) {
    const code = <u32>load<u8>(codes + load<u32>(row + rowBytes - 5) * numOutputs);
    const times = <f64>load<u8>(row + rowBytes - 1);
    total += times;
    store<f64>(factors + code * 8, load<f64>(factors + code * 8) + times);
  }
  for (let k: u32 = 0; k < size; k++) {
    const times = load<f64>(factors + k * 8);
    store<f64>(factors + k * 8, times > 0 ? total / (<f64>size * times) : 0);
  }
}

function sumRecords(node: u32): void {
  const end = recordsA + load<u32>(node + END) * rowBytes;
  for (let row = recordsA; row < end; row += rowBytes) addStats(statsAt(node), readStats(row));
}

/** Grows the smaller child first, so that at most log2(rows) nodes and histograms are waiting. */
function growDepthFirst(root: u32): void {
  addToStack(root);
  while (waiting > 0) {
    waiting--;
    memory.copy(root, frontier + waiting * nodeBytes(), splitAt(0));
    visit(root);
  }
}

function addToStack(node: u32): void {
  if (!maySplit(node)) return writeLeaf(node);
  memory.copy(frontier + waiting * nodeBytes(), node, splitAt(0));
  waiting++;
}

function visit(node: u32): void {
  if (load<i32>(node + HISTOGRAM) < 0) {
    takeHistogram(node, slotBytes(drawsOf(node)));
    if (subtracts) countAll(node);
  }
  if (!findIn(node)) return writeLeaf(node);
  const left = node + nodeBytes();
  const right = left + nodeBytes();
  divide(node, left, right);
  const small = drawsOf(left) <= drawsOf(right) ? left : right;
  const large = small == left ? right : left;
  shareHistogram(node, small, large);
  addToStack(large);
  addToStack(small);
}

function findIn(node: u32): bool {
  return findSplit(node, rootWeight, histogramAt(load<u32>(node + HISTOGRAM)), load<u32>(node + SLOT_BYTES));
}

function countAll(node: u32): void {
  const histogram = histogramAt(load<u32>(node + HISTOGRAM));
  countNode(node, allFeatures(), numFeatures, histogram, load<u32>(node + SLOT_BYTES));
}

function takeHistogram(node: u32, bytes: u32): void {
  const index = freeCount ? load<u32>(freeHistograms() + --freeCount * 4) : histogramCount++;
  store<u32>(node + HISTOGRAM, index);
  store<u32>(node + SLOT_BYTES, bytes);
}

function giveHistogram(node: u32): void {
  const index = load<i32>(node + HISTOGRAM);
  if (index < 0) return;
  store<u32>(freeHistograms() + freeCount++ * 4, index);
  store<i32>(node + HISTOGRAM, -1);
}

/** Computes the children's histograms if that is less work than counting both; otherwise frees the node's histogram. */
function shareHistogram(node: u32, small: u32, large: u32): void {
  if (!subtracts || recordCount(large) < SUBTRACT_ROWS_MIN || !maySplit(large)) return giveHistogram(node);
  const bytes = load<u32>(node + SLOT_BYTES);
  takeHistogram(small, bytes);
  countAll(small);
  subtract(histogramAt(load<u32>(node + HISTOGRAM)), histogramAt(load<u32>(small + HISTOGRAM)), bytes);
  store<u32>(large + HISTOGRAM, load<u32>(node + HISTOGRAM));
  store<u32>(large + SLOT_BYTES, bytes);
  narrowIn(small);
  narrowIn(large);
}

function narrowIn(node: u32): void {
  if (load<u32>(node + SLOT_BYTES) != 8 || drawsOf(node) >= narrowMax) return;
  narrow(histogramAt(load<u32>(node + HISTOGRAM)));
  store<u32>(node + SLOT_BYTES, 4);
}

/** Splits the waiting node with the greatest decrease of impurity until there are enough leaves. */
function growBestFirst(root: u32): void {
  let leafCount: u32 = 1;
  addToHeap(root);
  while (waiting > 0 && leafCount < maxLeafNodes) {
    popBest(root);
    const left = root + nodeBytes();
    const right = left + nodeBytes();
    divide(root, left, right);
    leafCount++;
    addToHeap(left);
    addToHeap(right);
  }
  writeWaiting();
}

/** A head that no finished node has: the node is waiting, and its second word says where. */
const WAITS: u32 = 0xffffffff;

/** Turns the waiting nodes into leaves, in the order of their words. */
function writeWaiting(): void {
  for (let i: u32 = 0; i < waiting; i++) {
    const at = nodes + load<u32>(frontier + i * nodeBytes() + WORD) * 4;
    store<u32>(at, WAITS);
    store<u32>(at, i, 4);
  }
  for (let at = nodes; at < nodes + nodeWords * 4; at += 12) {
    if (load<u32>(at) == WAITS) writeLeaf(frontier + load<u32>(at, 4) * nodeBytes());
  }
}

/** The threshold depends on the node's histogram, so the next occupied bin is stored with the split. */
function addToHeap(node: u32): void {
  if (!maySplit(node)) return writeLeaf(node);
  takeHistogram(node, slotBytes(drawsOf(node)));
  if (subtracts) countAll(node);
  const isSplit = findIn(node);
  if (isSplit) keepNextBin(node);
  giveHistogram(node);
  if (!isSplit) return writeLeaf(node);
  let at = waiting++;
  while (at > 0 && isBefore(node, frontier + ((at - 1) >> 1) * nodeBytes())) {
    const parent = (at - 1) >> 1;
    memory.copy(frontier + at * nodeBytes(), frontier + parent * nodeBytes(), nodeBytes());
    at = parent;
  }
  memory.copy(frontier + at * nodeBytes(), node, nodeBytes());
}

/** Removes the root of a binary heap; the last node sinks to its place. */
function popBest(to: u32): void {
  memory.copy(to, frontier, nodeBytes());
  const last = frontier + --waiting * nodeBytes();
  let at: u32 = 0;
  for (;;) {
    let child: u32 = 2 * at + 1;
    if (child >= waiting) break;
    const right = frontier + (child + 1) * nodeBytes();
    if (child + 1 < waiting && isBefore(right, frontier + child * nodeBytes())) child++;
    if (!isBefore(frontier + child * nodeBytes(), last)) break;
    memory.copy(frontier + at * nodeBytes(), frontier + child * nodeBytes(), nodeBytes());
    at = child;
  }
  memory.copy(frontier + at * nodeBytes(), last, nodeBytes());
}

function isBefore(node: u32, other: u32): bool {
  const a = load<f64>(splitAt(node) + DECREASE);
  const b = load<f64>(splitAt(other) + DECREASE);
  return a > b || (a == b && load<u32>(node + WORD) < load<u32>(other + WORD));
}

const NEXT_BIN: u32 = 12;

function keepNextBin(node: u32): void {
  const split = splitAt(node);
  const feature = load<u32>(split + FEATURE);
  const histogram = histogramAt(load<u32>(node + HISTOGRAM));
  const next = nextOccupied(feature, load<u32>(split + BIN), histogram, load<u32>(node + SLOT_BYTES));
  store<u32>(split + NEXT_BIN, next);
}

/** Writes the node as a split, moves its records to the two sides and creates its children. */
function divide(node: u32, left: u32, right: u32): void {
  if (load<i32>(node + HISTOGRAM) >= 0) keepNextBin(node);
  const word = writeSplit(node);
  const depth = load<u32>(node + DEPTH) + 1;
  store<u32>(left + DEPTH, depth);
  store<u32>(right + DEPTH, depth);
  store<u32>(left + WORD, word);
  store<u32>(right + WORD, word + 3);
  store<i32>(left + HISTOGRAM, -1);
  store<i32>(right + HISTOGRAM, -1);
  memory.copy(statsAt(left), leftAt(node), numStats * 8);
  memory.copy(statsAt(right), rightAt(node), numStats * 8);
  const isLast = criterion < 2 && !maySplit(left) && !maySplit(right);
  const middle = isLast ? load<u32>(node + END) : partition(node);
  store<u32>(left + START, load<u32>(node + START));
  store<u32>(left + END, middle);
  store<u32>(right + START, middle);
  store<u32>(right + END, load<u32>(node + END));
}

/**
 * Writes each record to both ends of the other buffer and advances only the end where it belongs, so that no branch is
 * mispredicted. The right side ends up in reverse order. Returns where it begins.
 */
function partition(node: u32): u32 {
  const depth = load<u32>(node + DEPTH);
  const step = rowBytes;
  const start = load<u32>(node + START);
  const end = load<u32>(node + END);
  const from = recordsAtDepth(depth) + start * step;
  const to = recordsAtDepth(depth) + end * step;
  const feature = load<u32>(splitAt(node) + FEATURE);
  const sides = sidesAt(node);
  let low = recordsAtDepth(depth + 1) + start * step;
  let high = recordsAtDepth(depth + 1) + (end - 1) * step;
  if (step == 16) {
    for (let row = from; row < to; row += 16) {
      const side = <u32>load<u8>(sides + <u32>load<u8>(row + feature)) << 4;
      const record = v128.load(row);
      v128.store(low, record);
      v128.store(high, record);
      low += side;
      high += side - 16;
    }
  } else {
    for (let row = from; row < to; row += step) {
      const isLeft = load<u8>(sides + <u32>load<u8>(row + feature)) != 0;
      copyRecord(isLeft ? low : high, row, step);
      if (isLeft) low += step;
      else high -= step;
    }
  }
  return (low - recordsAtDepth(depth + 1)) / step;
}

/** Returns the word of the left child. */
function writeSplit(node: u32): u32 {
  const split = splitAt(node);
  const feature = load<u32>(split + FEATURE);
  const number = load<u32>(featureNumbers + feature * 4);
  const word = load<u32>(node + WORD);
  const isCategory = load<u32>(categorical + feature * 4);
  const at = nodes + word * 4;
  const child = nodeWords;
  nodeWords += 6;
  store<u32>(at, (number << 3) | (isCategory << 2) | load<u32>(split + MISSING_LEFT));
  if (isCategory) store<u32>(at, writeSet(node, feature), 4);
  else store<f32>(at, thresholdOf(split, feature), 4);
  store<u32>(at, child - word, 8);
  store<f32>(nodeWeights + (word / 3) * 4, <f32>weightOf(statsAt(node)));
  const importance = importances + number * 8;
  store<f64>(importance, load<f64>(importance) + load<f64>(split + DECREASE));
  return child;
}

/** Midway between the two occupied bins, as in scikit-learn; infinite if only missing values go right. */
function thresholdOf(split: u32, feature: u32): f32 {
  const next = load<u32>(split + NEXT_BIN);
  if (next == 0) return Infinity;
  const upper = edges + feature * 1024;
  const low = load<f32>(upper + (load<u32>(split + BIN) - 1) * 4);
  const high = load<f32>(upper + (next - 2) * 4);
  const middle = <f32>(<f64>low / 2 + <f64>high / 2);
  return middle >= low && middle < high ? middle : low;
}

/** Writes the categories on the left as bits, preceded by the number of words. Bin 1 is category 0. */
function writeSet(node: u32, feature: u32): u32 {
  const bins = load<u32>(binCounts + feature * 4);
  const words = (bins + 31) >> 5;
  const place = setWords;
  const set = categorySets + place * 4;
  setWords += 1 + words;
  memory.fill(set, 0, (1 + words) * 4);
  store<u32>(set, words);
  for (let category: u32 = 0; category < bins; category++) {
    const bits = set + 4 + (category >> 5) * 4;
    const isLeft = <u32>load<u8>(sidesAt(node) + 1 + category);
    store<u32>(bits, load<u32>(bits) | (isLeft << (category & 31)));
  }
  return place;
}

function writeLeaf(node: u32): void {
  giveHistogram(node);
  const stats = statsAt(node);
  const weight = weightOf(stats);
  const first: u32 = criterion >= 2 ? 2 : 1;
  const word = load<u32>(node + WORD);
  const at = nodes + word * 4;
  store<u32>(at, 2);
  store<u32>(at, leafValues, 4);
  store<u32>(at, 0, 8);
  store<f32>(nodeWeights + (word / 3) * 4, <f32>weight);
  for (let stat = first; stat < numStats; stat++) {
    store<f32>(leaves + leafValues * 4, <f32>(load<f64>(stats + stat * 8) / weight));
    leafValues++;
  }
}
