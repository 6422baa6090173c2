/**
 * The upper edges of at most `maxBins` bins for a feature, ascending; the last bin has none. A value lies in the first bin
 * whose edge is not below it. With few distinct values each has its own bin and the edges lie half-way between, as
 * scikit-learn's thresholds do; with more, bins hold about equal shares of the sample, and a value that fills a share by
 * itself has a bin of its own. `sample` is sorted in place and must hold no NaN.
 */
export function binEdges(sample: Float32Array, maxBins: number): Float32Array {
  sortFloats(sample);
  const edges = new Float32Array(Math.max(0, maxBins - 1));
  let count = 0;
  let rowsLeft = sample.length;
  let inBin = 0;
  const fewValues = distinctUpTo(sample, maxBins) <= maxBins;
  for (let i = 0; i + 1 < sample.length && count < edges.length; i++) {
    inBin++;
    const here = sample[i] ?? 0;
    const next = sample[i + 1] ?? 0;
    if (here === next) continue;
    const isFull = fewValues || inBin * (maxBins - count) >= rowsLeft;
    if (!isFull) continue;
    edges[count++] = halfWay(here, next);
    rowsLeft -= inBin;
    inBin = 0;
  }
  return edges.slice(0, count);
}

/** The most distinct whole numbers that are counted rather than sorted. */
const COUNTED_MAX = 2 ** 16;

/** Sorts in place. Whole numbers of a small range, as most columns of tables have, are counted: ten times as fast. */
function sortFloats(sample: Float32Array): void {
  let low = Infinity;
  let high = -Infinity;
  let areWhole = true;
  for (let i = 0; i < sample.length; i++) {
    const value = sample[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
    areWhole &&= Number.isInteger(value);
  }
  if (sample.length === 0 || !areWhole || high - low >= COUNTED_MAX) return void sample.sort();
  const counts = new Uint32Array(high - low + 1);
  for (let i = 0; i < sample.length; i++) {
    const slot = (sample[i] ?? 0) - low;
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  let at = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] ?? 0;
    sample.fill(low + i, at, at + count);
    at += count;
  }
}

/** A number in [low, high) that a 32-bit float holds, half-way where there is one; infinities are allowed. */
export function halfWay(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  return middle >= low && middle < high ? middle : low;
}

/** The number of distinct values of a sorted array; counting stops beyond `limit`. */
function distinctUpTo(sorted: Float32Array, limit: number): number {
  let distinct = sorted.length === 0 ? 0 : 1;
  for (let i = 1; i < sorted.length && distinct <= limit; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
}
