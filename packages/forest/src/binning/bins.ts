import { halfWay } from "../grow/grow-job.ts";

/**
 * The number of equal cells over the range of the edges: more than there are edges, so that most cells contain at most
 * one.
 */
const CELL_COUNT = 1024;

/**
 * The upper edges of at most `maxBins` bins for a feature, ascending; the last bin has no edge. A value belongs to the
 * first bin whose edge is not below it. With few distinct values, each has its own bin and the edges are midway between
 * them, like scikit-learn's thresholds. With more, bins contain about equal shares of the sample, and a value that
 * makes up a whole share has its own bin. `sample` is sorted in place and must not contain NaN.
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

/** The maximum number of distinct integers for counting instead of sorting. */
const COUNTED_MAX = 2 ** 16;

/**
 * Sorts in place. Integers in a small range, as in most table columns, use a counting sort, which is ten times as fast.
 */
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

/** The number of distinct values of a sorted array; counting stops beyond `limit`. */
function distinctUpTo(sorted: Float32Array, limit: number): number {
  let distinct = sorted.length === 0 ? 0 : 1;
  for (let i = 1; i < sorted.length && distinct <= limit; i++) if (sorted[i] !== sorted[i - 1]) distinct++;
  return distinct;
}

export type BinColumn = {
  readonly values: Float32Array;
  readonly edges: Float32Array;
};

/** Writes the bin of each value to `bytes[row * rowBytes + offset]`: 0 for NaN, 1 up to the first edge, and so on. */
export function assignBins(column: BinColumn, bytes: Uint8Array, rowBytes: number, offset: number): void {
  const { values, edges } = column;
  const low = edges[0] ?? 0;
  const span = (edges[edges.length - 1] ?? 0) - low;
  const perCell = span > 0 && Number.isFinite(span) ? CELL_COUNT / span : 0;
  const starts = cellStarts(edges, low, perCell);
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0;
    let bin = 0;
    if (value === value) {
      const cell = Math.max(0, Math.min(CELL_COUNT - 1, Math.floor((value - low) * perCell)));
      bin = 1 + firstNotBelow(edges, value, starts[cell] ?? 0, starts[cell + 1] ?? edges.length);
    }
    bytes[row * rowBytes + offset] = bin;
  }
}

/**
 * The number of edges below each cell, where the search for a value in that cell can start. A single cell if there is
 * no scale.
 */
function cellStarts(edges: Float32Array, low: number, perCell: number): Uint16Array {
  if (perCell === 0) return Uint16Array.of(0, edges.length);
  const starts = new Uint16Array(CELL_COUNT + 1).fill(edges.length);
  let edge = 0;
  for (let cell = 0; cell < CELL_COUNT; cell++) {
    while (edge < edges.length && Math.floor(((edges[edge] ?? 0) - low) * perCell) < cell) edge++;
    starts[cell] = edge;
  }
  return starts;
}

/** The first index in [from, to] whose edge is not below the value; edges before `from` are below it. */
function firstNotBelow(edges: Float32Array, value: number, from: number, to: number): number {
  let first = from;
  let last = to;
  while (first < last) {
    const middle = (first + last) >>> 1;
    if ((edges[middle] ?? 0) < value) first = middle + 1;
    else last = middle;
  }
  return first;
}
