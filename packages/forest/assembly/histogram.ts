/*
 * Counting. A histogram has a slot for each bin of each feature. Packed slots store the draws and the draws of the
 * second class in one number: 16 bits each if the node's draws fit (narrow), else 32 bits each (wide). Other slots are
 * doubles.
 */
import {
  balanced,
  codes,
  criterion,
  histograms,
  narrowMax,
  numOutputs,
  numSlots,
  numStats,
  outputSizes,
  packed,
  rowBytes,
  scratch,
  slotStarts,
  values,
  weights,
} from "./job";
import { classFactors, increments } from "./scratch";

/** The rows of a block stay in the L1 cache while each group of features is counted. */
const BLOCK_BYTES: u32 = 8192;

// @ts-ignore: decorator
@inline
export function histogramAt(index: u32): u32 {
  return histograms + index * numSlots * 8 * (packed ? 1 : numStats);
}

/** The bytes of a slot in a node with this many draws. */
export function slotBytes(draws: f64): u32 {
  return packed ? (draws < narrowMax ? 4 : 8) : numStats * 8;
}

/** Clears a feature's slots, including the padding. */
export function clear(histogram: u32, feature: u32, slots: u32, bytes: u32): void {
  memory.fill(histogram + load<u32>(slotStarts + feature * 4) * bytes, 0, ((slots + 3) & ~3) * bytes);
}

/** Adds the records in [from, to) to the slots of the listed features. */
export function count(from: u32, to: u32, list: u32, size: u32, histogram: u32, bytes: u32): void {
  if (!packed) return countStats(from, to, list, size, histogram);
  for (let block = from; block < to; block += BLOCK_BYTES / rowBytes * rowBytes) {
    const end = min(to, block + (BLOCK_BYTES / rowBytes) * rowBytes);
    let i: u32 = 0;
    if (bytes == 4) {
      for (; i + 4 <= size; i += 4) countFour<u32>(block, end, list + i * 4, histogram);
      for (; i < size; i++) countOne<u32>(block, end, list + i * 4, histogram);
    } else {
      for (; i + 4 <= size; i += 4) countFour<u64>(block, end, list + i * 4, histogram);
      for (; i < size; i++) countOne<u64>(block, end, list + i * 4, histogram);
    }
  }
}

/** Draws in the upper half, draws of the second class in the lower half. */
// @ts-ignore: decorator
@inline
function increment<T>(end: u32): T {
  const one = <T>1 << (sizeof<T>() * 4);
  return <T>load<u8>(end - 1) * (one + <T>load<u8>(end - 2));
}

// @ts-ignore: decorator
@inline
function add<T>(slots: u32, bin: u32, by: T): void {
  const slot = slots + bin * sizeof<T>();
  store<T>(slot, load<T>(slot) + by);
}

function countFour<T>(from: u32, to: u32, list: u32, histogram: u32): void {
  const f0 = load<u32>(list);
  const f1 = load<u32>(list, 4);
  const f2 = load<u32>(list, 8);
  const f3 = load<u32>(list, 12);
  const h0 = histogram + load<u32>(slotStarts + f0 * 4) * sizeof<T>();
  const h1 = histogram + load<u32>(slotStarts + f1 * 4) * sizeof<T>();
  const h2 = histogram + load<u32>(slotStarts + f2 * 4) * sizeof<T>();
  const h3 = histogram + load<u32>(slotStarts + f3 * 4) * sizeof<T>();
  const step = rowBytes;
  for (let row = from; row < to; row += step) {
    const by = increment<T>(row + step);
    add<T>(h0, load<u8>(row + f0), by);
    add<T>(h1, load<u8>(row + f1), by);
    add<T>(h2, load<u8>(row + f2), by);
    add<T>(h3, load<u8>(row + f3), by);
  }
}

function countOne<T>(from: u32, to: u32, list: u32, histogram: u32): void {
  const feature = load<u32>(list);
  const slots = histogram + load<u32>(slotStarts + feature * 4) * sizeof<T>();
  const step = rowBytes;
  for (let row = from; row < to; row += step) {
    add<T>(slots, load<u8>(row + feature), increment<T>(row + step));
  }
}

function countStats(from: u32, to: u32, list: u32, size: u32, histogram: u32): void {
  for (let row = from; row < to; row += rowBytes) {
    const touched = readStats(row);
    for (let i: u32 = 0; i < size; i++) {
      const feature = load<u32>(list + i * 4);
      const bin = <u32>load<u8>(row + feature);
      const slot = histogram + (load<u32>(slotStarts + feature * 4) + bin) * numStats * 8;
      addStats(slot, touched);
    }
  }
}

/** Writes the increments of one record: `touched` pairs of a stat's byte offset and a double, 16 bytes each. */
export function readStats(row: u32): u32 {
  const draws = <f64>load<u8>(row + rowBytes - 1);
  const to = increments();
  setIncrement(to, 0, 0, draws);
  if (packed) {
    setIncrement(to, 1, 1 + <u32>load<u8>(row + rowBytes - 2), draws);
    return 2;
  }
  const id = load<u32>(row + rowBytes - 5);
  let weight = weights ? draws * load<f64>(weights + id * 8) : draws;
  if (criterion >= 2) {
    setIncrement(to, 1, 1, weight);
    for (let o: u32 = 0; o < numOutputs; o++) {
      setIncrement(to, 2 + o, 2 + o, weight * load<f64>(values + (id * numOutputs + o) * 8));
    }
    return 2 + numOutputs;
  }
  const rowCodes = codes + id * numOutputs;
  if (balanced) weight *= load<f64>(classFactors() + <u32>load<u8>(rowCodes) * 8);
  let first: u32 = 1;
  for (let o: u32 = 0; o < numOutputs; o++) {
    setIncrement(to, 1 + o, first + <u32>load<u8>(rowCodes + o), weight);
    first += load<u32>(outputSizes + o * 4);
  }
  return 1 + numOutputs;
}

// @ts-ignore: decorator
@inline
function setIncrement(to: u32, index: u32, stat: u32, by: f64): void {
  store<u32>(to + index * 16, stat * 8);
  store<f64>(to + index * 16, by, 8);
}

export function addStats(slot: u32, touched: u32): void {
  const from = increments();
  for (let i: u32 = 0; i < touched; i++) {
    const stat = slot + load<u32>(from + i * 16);
    store<f64>(stat, load<f64>(stat) + load<f64>(from + i * 16, 8));
  }
}

/** Leaves the other part's packed counts in `whole`. Exact, since counts are integers and no part exceeds the whole. */
export function subtract(whole: u32, part: u32, bytes: u32): void {
  const size = numSlots * bytes;
  for (let at: u32 = 0; at < size; at += 16) {
    const left = v128.load(whole + at);
    const right = v128.load(part + at);
    v128.store(whole + at, bytes == 4 ? i32x4.sub(left, right) : i64x2.sub(left, right));
  }
}

/** Packs wide slots into narrow ones, in place. */
export function narrow(histogram: u32): void {
  for (let i: u32 = 0; i < numSlots; i++) {
    const wide = load<u64>(histogram + i * 8);
    store<u32>(histogram + i * 4, <u32>((wide >> 16) | (wide & 0xffff)));
  }
}

/**
 * The address of a feature's slots as doubles. Packed slots are first expanded to draws and the weight of both classes.
 */
export function statsOf(feature: u32, slots: u32, histogram: u32, bytes: u32): u32 {
  const from = histogram + load<u32>(slotStarts + feature * 4) * bytes;
  if (!packed) return from;
  for (let i: u32 = 0; i < slots; i++) {
    const both = bytes == 4 ? <u64>load<u32>(from + i * 4) : load<u64>(from + i * 8);
    const draws = bytes == 4 ? <u32>(both >> 16) : <u32>(both >> 32);
    const ones = bytes == 4 ? <u32>(both & 0xffff) : <u32>both;
    store<f64>(scratch + i * 24, <f64>draws);
    store<f64>(scratch + i * 24, <f64>(draws - ones), 8);
    store<f64>(scratch + i * 24, <f64>ones, 16);
  }
  return scratch;
}
