/* Finds the best split of a node among the features that it draws. */
import {
  binCounts,
  categorical,
  criterion,
  decreaseScale,
  edges,
  minImpurityDecrease,
  numFeatures,
  numOutputs,
  numStats,
  packed,
  perNode,
  randomSplits,
  slotStarts,
  subtracts,
} from "./job";
import { clear, count, statsOf } from "./histogram";
import {
  BIN,
  DECREASE,
  drawsOf,
  END,
  FEATURE,
  isLargeEnough,
  leastDraws,
  leftAt,
  MISSING_LEFT,
  purity,
  recordAt,
  rightAt,
  sidesAt,
  splitAt,
  START,
  statsAt,
  weightOf,
} from "./node";
import { nextBelow, nextFloat } from "./random";
import { bestSet, binOrder, featureOrder, lanes, leftStats, rightStats } from "./scratch";

/** Floats have 24 bits; the rounding errors of a score computed in floats are within this factor. */
const FLOAT_MARGIN: f32 = 1.0 - 1.0 / 524288.0;

let bestScore: f64 = 0;
let bestFeature: i32 = -1;
let bestBin: u32 = 0;
let bestMissingLeft: bool = false;
/** The packed counts on the left side of the best split found by a scan of narrow slots. */
let bestPacked: u32 = 0;

export function countNode(node: u32, list: u32, size: u32, histogram: u32, bytes: u32): void {
  for (let i: u32 = 0; i < size; i++) {
    const feature = load<u32>(list + i * 4);
    clear(histogram, feature, load<u32>(binCounts + feature * 4) + 1, bytes);
  }
  const from = recordAt(node, load<u32>(node + START));
  count(from, recordAt(node, load<u32>(node + END)), list, size, histogram, bytes);
}

/**
 * Writes the node's split into the node and returns whether there is one. Draws features until enough of them vary in
 * the node.
 */
export function findSplit(node: u32, rootWeight: f64, histogram: u32, bytes: u32): bool {
  bestScore = -Infinity;
  bestFeature = -1;
  let drawn: u32 = 0;
  let kept: u32 = 0;
  while (kept < perNode && drawn < numFeatures) {
    const size = min(perNode - kept, numFeatures - drawn);
    const list = featureOrder() + drawn * 4;
    for (let i: u32 = 0; i < size; i++) drawFeature(drawn + i);
    drawn += size;
    if (!subtracts) countNode(node, list, size, histogram, bytes);
    for (let i: u32 = 0; i < size; i++) {
      const feature = load<u32>(list + i * 4);
      if (!varies(node, feature, histogram, bytes)) continue;
      kept++;
      scan(node, feature, histogram, bytes);
    }
  }
  return bestFeature >= 0 && finish(node, rootWeight, histogram, bytes);
}

/** One step of Fisher and Yates' shuffle. */
function drawFeature(at: u32): void {
  const order = featureOrder();
  const other = order + (at + nextBelow(numFeatures - at)) * 4;
  const feature = load<u32>(other);
  store<u32>(other, load<u32>(order + at * 4));
  store<u32>(order + at * 4, feature);
}

function drawsAt(slot: u32, bytes: u32): f64 {
  if (!packed) return load<f64>(slot);
  return bytes == 4 ? <f64>(load<u32>(slot) >> 16) : <f64>(load<u64>(slot) >> 32);
}

/** A feature varies if its first occupied bin does not contain all draws. */
function varies(node: u32, feature: u32, histogram: u32, bytes: u32): bool {
  let slot = histogram + load<u32>(slotStarts + feature * 4) * bytes;
  const end = slot + (load<u32>(binCounts + feature * 4) + 1) * bytes;
  for (; slot < end; slot += bytes) {
    const draws = drawsAt(slot, bytes);
    if (draws > 0) return draws < drawsOf(node);
  }
  return false;
}

function scan(node: u32, feature: u32, histogram: u32, bytes: u32): void {
  const slots = load<u32>(binCounts + feature * 4) + 1;
  const isPlain = !randomSplits && !load<u32>(categorical + feature * 4);
  if (packed && bytes == 4 && criterion == 0 && isPlain) {
    return scanNarrow(node, feature, histogram + load<u32>(slotStarts + feature * 4) * 4, slots);
  }
  const stats = statsOf(feature, slots, histogram, bytes);
  const size = occupiedBins(stats, slots);
  if (randomSplits) return scanRandom(node, feature, stats, size);
  const ways = load<f64>(stats) > 0 ? 2 : 1;
  for (let way = 0; way < ways; way++) {
    if (isPlain) scanOrder(node, feature, stats, size, way == 1);
    else scanCategories(node, feature, stats, size, way == 1);
  }
}

/** The bins that contain values of the node, ascending. */
function occupiedBins(stats: u32, slots: u32): u32 {
  let size: u32 = 0;
  for (let bin: u32 = 1; bin < slots; bin++) {
    if (load<f64>(stats + bin * numStats * 8) == 0) continue;
    store<u8>(binOrder() + size, <u8>bin);
    size++;
  }
  return size;
}

/** Two classes in narrow slots, with missing values to the right and then to the left. */
function scanNarrow(node: u32, feature: u32, slots: u32, size: u32): void {
  const missing = load<u32>(slots);
  scanLanes(node, feature, slots, size, 0 - missing);
  if (missing) scanLanes(node, feature, slots, size, 0);
}

/**
 * Scans four bins at a time in floats to find where the score may exceed the best; only there the score is computed in
 * doubles. Bins without rows repeat the previous score, and so does the missing bin alone on the left, so neither is
 * ever better.
 */
function scanLanes(node: u32, feature: u32, slots: u32, size: u32, start: u32): void {
  const total = f32x4.splat(<f32>drawsOf(node));
  const ones = f32x4.splat(<f32>load<f64>(statsAt(node) + 16));
  const least = f32x4.splat(<f32>leastDraws());
  const zero = i32x4.splat(0);
  let limit = f32x4.splat(<f32>bestScore * FLOAT_MARGIN);
  let carry = i32x4.splat(start);
  const end = slots + size * 4;
  for (let at = slots; at < end; at += 16) {
    let sums = v128.load(at);
    if (at != slots && !v128.any_true(sums)) continue;
    sums = i32x4.add(sums, v128.shuffle<i32>(zero, sums, 0, 4, 5, 6));
    sums = i32x4.add(sums, v128.shuffle<i32>(zero, sums, 0, 1, 4, 5));
    sums = i32x4.add(sums, carry);
    carry = v128.shuffle<i32>(sums, sums, 3, 3, 3, 3);
    const left = f32x4.convert_i32x4_u(i32x4.shr_u(sums, 16));
    const leftOnes = f32x4.convert_i32x4_u(v128.and(sums, i32x4.splat(0xffff)));
    const right = f32x4.sub(total, left);
    const rightOnes = f32x4.sub(ones, leftOnes);
    const score = f32x4.add(
      f32x4.mul(f32x4.mul(leftOnes, leftOnes), right),
      f32x4.mul(f32x4.mul(rightOnes, rightOnes), left),
    );
    const better = f32x4.gt(score, f32x4.mul(f32x4.mul(left, right), limit));
    const allowed = v128.and(f32x4.ge(left, least), f32x4.ge(right, least));
    if (!v128.any_true(v128.and(better, allowed))) continue;
    v128.store(lanes(), sums);
    tryLanes(node, feature, <u32>(at - slots) >> 2, start == 0);
    limit = f32x4.splat(<f32>bestScore * FLOAT_MARGIN);
  }
}

function tryLanes(node: u32, feature: u32, bin: u32, missingLeft: bool): void {
  const total = drawsOf(node);
  const ones = load<f64>(statsAt(node) + 16);
  const least = leastDraws();
  for (let lane: u32 = 0; lane < 4; lane++) {
    const sums = load<u32>(lanes() + lane * 4);
    const left = <f64>(sums >> 16);
    const right = total - left;
    if (left < least || right < least) continue;
    const leftOnes = <f64>(sums & 0xffff);
    const rightOnes = ones - leftOnes;
    const score = (leftOnes * leftOnes * right + rightOnes * rightOnes * left) / (left * right);
    if (score <= bestScore) continue;
    keep(feature, bin + lane, score, missingLeft);
    bestPacked = sums;
  }
}

// @ts-ignore: decorator
@inline
function keep(feature: u32, bin: u32, score: f64, missingLeft: bool): void {
  bestScore = score;
  bestFeature = feature;
  bestBin = bin;
  bestMissingLeft = missingLeft;
}

/** Tries every cut of the bins in `binOrder`. */
function scanOrder(node: u32, feature: u32, stats: u32, size: u32, missingLeft: bool): void {
  const left = leftStats();
  if (missingLeft) memory.copy(left, stats, numStats * 8);
  else memory.fill(left, 0, numStats * 8);
  for (let i: u32 = 0; i < size; i++) {
    const bin = <u32>load<u8>(binOrder() + i);
    addTo(left, stats + bin * numStats * 8);
    trySides(node, feature, bin, i + 1, missingLeft);
  }
}

function addTo(sum: u32, stats: u32): void {
  for (let at: u32 = 0; at < numStats * 8; at += 8) store<f64>(sum + at, load<f64>(sum + at) + load<f64>(stats + at));
}

/** Keeps the split whose left side is in `leftStats` if it is the best so far. */
function trySides(node: u32, feature: u32, bin: u32, inSet: u32, missingLeft: bool): void {
  const left = leftStats();
  const right = rightStats();
  const whole = statsAt(node);
  for (let at: u32 = 0; at < numStats * 8; at += 8) store<f64>(right + at, load<f64>(whole + at) - load<f64>(left + at));
  if (!isLargeEnough(left) || !isLargeEnough(right)) return;
  const score = scoreOf(left, right);
  if (!(score > bestScore)) return;
  keep(feature, bin, score, missingLeft);
  if (!load<u32>(categorical + feature * 4)) return;
  memory.fill(bestSet(), 0, 256);
  for (let i: u32 = 0; i < inSet; i++) store<u8>(bestSet() + <u32>load<u8>(binOrder() + i), 1);
}

/**
 * The purity of both sides. With two classes it is computed from the second one only, which ranks splits in the same
 * order.
 */
function scoreOf(left: u32, right: u32): f64 {
  if (criterion != 0 || numOutputs != 1 || numStats != 3) return purity(left) + purity(right);
  const l = load<f64>(left, 16);
  const r = load<f64>(right, 16);
  const leftWeight = load<f64>(left, 8) + l;
  const rightWeight = load<f64>(right, 8) + r;
  return (l * l * rightWeight + r * r * leftWeight) / (leftWeight * rightWeight);
}

/**
 * Sorts the categories by the share of each class or by the mean of each output, and tries every cut. With two classes
 * or one output, the best of all subsets is among them (Breiman et al. 1984; Fisher 1958).
 */
function scanCategories(node: u32, feature: u32, stats: u32, size: u32, missingLeft: bool): void {
  for (let stat: u32 = criterion >= 2 || numStats == 3 ? 2 : 1; stat < numStats; stat++) {
    sortBins(stats, size, stat);
    scanOrder(node, feature, stats, size, missingLeft);
  }
}

/** Insertion sort; ties are ordered by bin number. */
function sortBins(stats: u32, size: u32, stat: u32): void {
  const order = binOrder();
  for (let i: u32 = 1; i < size; i++) {
    const bin = load<u8>(order + i);
    const key = keyOf(stats, bin, stat);
    let to = i;
    for (; to > 0; to--) {
      const other = load<u8>(order + to - 1);
      const otherKey = keyOf(stats, other, stat);
      if (otherKey < key || (otherKey == key && other < bin)) break;
      store<u8>(order + to, other);
    }
    store<u8>(order + to, bin);
  }
}

function keyOf(stats: u32, bin: u32, stat: u32): f64 {
  const slot = stats + bin * numStats * 8;
  return load<f64>(slot + stat * 8) / weightOf(slot);
}

/**
 * Draws one threshold uniformly between the node's lowest and highest value, as far as bins resolve them, or a random
 * side for each category.
 */
function scanRandom(node: u32, feature: u32, stats: u32, size: u32): void {
  const missingLeft = load<f64>(stats) > 0 && nextFloat() < 0.5;
  const left = leftStats();
  if (missingLeft) memory.copy(left, stats, numStats * 8);
  else memory.fill(left, 0, numStats * 8);
  const isCategory = load<u32>(categorical + feature * 4) != 0;
  const inSet: u32 = isCategory ? shuffleBins(size) : 0;
  const bin: u32 = isCategory ? 0 : randomBin(feature, size);
  for (let i: u32 = 0; i < size; i++) {
    const other = <u32>load<u8>(binOrder() + i);
    if (isCategory ? i < inSet : other <= bin) addTo(left, stats + other * numStats * 8);
  }
  trySides(node, feature, bin, inSet, missingLeft);
}

function randomBin(feature: u32, size: u32): u32 {
  const low = <u32>load<u8>(binOrder());
  const high = <u32>load<u8>(binOrder() + size - 1);
  if (size == 0 || low == high) return low;
  const upper = edges + feature * 1024;
  const from = <f64>load<f32>(upper + (low - 1) * 4);
  const to = <f64>load<f32>(upper + (high - 2) * 4);
  const threshold = from + nextFloat() * (to - from);
  let bin = low;
  while (bin < high - 1 && <f64>load<f32>(upper + (bin - 1) * 4) < threshold) bin++;
  return bin;
}

/**
 * Shuffles the bins and returns how many of the first ones go left: at least one, and not all if there are two or more.
 */
function shuffleBins(size: u32): u32 {
  const order = binOrder();
  for (let i: u32 = 0; i + 1 < size; i++) {
    const other = order + i + nextBelow(size - i);
    const bin = load<u8>(other);
    store<u8>(other, load<u8>(order + i));
    store<u8>(order + i, bin);
  }
  return size < 2 ? size : 1 + nextBelow(size - 1);
}

/** Writes the best split into the node: the side of each bin, the stats of both sides, the decrease of impurity. */
function finish(node: u32, rootWeight: f64, histogram: u32, bytes: u32): bool {
  const split = splitAt(node);
  const slots = load<u32>(binCounts + bestFeature * 4) + 1;
  const isCategory = load<u32>(categorical + bestFeature * 4) != 0;
  const sides = sidesAt(node);
  if (isCategory) memory.copy(sides, bestSet(), 256);
  else {
    memory.fill(sides, 1, bestBin + 1);
    memory.fill(sides + bestBin + 1, 0, 255 - bestBin);
  }
  store<u8>(sides, <u8>bestMissingLeft);
  const first = histogram + load<u32>(slotStarts + bestFeature * 4) * bytes;
  const isNarrow = packed && bytes == 4 && criterion == 0 && !isCategory && !randomSplits;
  if (isNarrow) narrowSides(node);
  else sumSides(node, statsOf(bestFeature, slots, histogram, bytes), slots);
  const leftIsHeavier = weightOf(leftAt(node)) >= weightOf(rightAt(node));
  const turned: u32 = isCategory ? slots : 1;
  for (let bin: u32 = 0; bin < turned; bin++) {
    if (drawsAt(first + bin * bytes, bytes) == 0) store<u8>(sides + bin, <u8>leftIsHeavier);
  }
  const gain = purity(leftAt(node)) + purity(rightAt(node)) - purity(statsAt(node));
  const decrease = (max(0, gain) * decreaseScale) / rootWeight;
  store<u32>(split + FEATURE, bestFeature);
  store<u32>(split + BIN, bestBin);
  store<u32>(split + MISSING_LEFT, <u32>load<u8>(sides));
  store<f64>(split + DECREASE, decrease);
  return decrease + f64.EPSILON >= minImpurityDecrease;
}

function narrowSides(node: u32): void {
  const left = leftAt(node);
  const draws = <f64>(bestPacked >> 16);
  const ones = <f64>(bestPacked & 0xffff);
  store<f64>(left, draws);
  store<f64>(left, draws - ones, 8);
  store<f64>(left, ones, 16);
  const whole = statsAt(node);
  for (let at: u32 = 0; at < 24; at += 8) {
    store<f64>(rightAt(node) + at, load<f64>(whole + at) - load<f64>(left + at));
  }
}

/** Sums each side separately, so that an absent class has a weight of exactly zero. */
function sumSides(node: u32, stats: u32, slots: u32): void {
  memory.fill(leftAt(node), 0, numStats * 16);
  for (let bin: u32 = 0; bin < slots; bin++) {
    addTo(load<u8>(sidesAt(node) + bin) ? leftAt(node) : rightAt(node), stats + bin * numStats * 8);
  }
}

/** The lowest occupied bin above the split's, or 0. */
export function nextOccupied(feature: u32, bin: u32, histogram: u32, bytes: u32): u32 {
  const first = histogram + load<u32>(slotStarts + feature * 4) * bytes;
  const bins = load<u32>(binCounts + feature * 4);
  for (let next = bin + 1; next <= bins; next++) if (drawsAt(first + next * bytes, bytes) > 0) return next;
  return 0;
}
