import { throwIfAborted } from "@flightdeck/core";
import type { WalkForest } from "./forest.ts";
import { walkTrees } from "./kernels/walk-trees.ts";

/** Rows in one go: many enough that fetching each tree into the cache is worth it, few enough to stay there themselves. */
const BLOCK_ROWS = 2048;
/** How long rows may be walked before other work in the process gets its turn. */
const TURN_MS = 20;

/**
 * The mean over the trees of each row's leaf values, rows × leafSize. Long work makes room for other tasks of the
 * process now and then, and the signal stops it there.
 */
export async function predictForest(
  forest: WalkForest,
  columns: readonly Float32Array[],
  numRows: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  throwIfAborted(signal);
  const { leafSize } = forest;
  const out = new Float32Array(numRows * leafSize);
  const blockRows = Math.min(BLOCK_ROWS, numRows);
  const values = new Float32Array(blockRows * columns.length);
  const sums = new Float64Array(blockRows * leafSize);
  let turnEnd = performance.now() + TURN_MS;
  for (let start = 0; start < numRows; start += blockRows) {
    const count = Math.min(blockRows, numRows - start);
    const hasMissing = gatherRows(columns, start, count, values);
    walkTrees(forest, { values, numRows: count, hasMissing }, sums.fill(0));
    writeMeans(sums.subarray(0, count * leafSize), forest.roots.length, out.subarray(start * leafSize));
    if (performance.now() < turnEnd) continue;
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
    turnEnd = performance.now() + TURN_MS;
  }
  return out;
}

/** The same for a row-major matrix, at once: for a few rows, where the short way counts. */
export function predictForestRows(forest: WalkForest, values: Float32Array): Float32Array {
  const numRows = values.length / forest.numFeatures;
  const sums = new Float64Array(numRows * forest.leafSize);
  walkTrees(forest, { values, numRows, hasMissing: values.some((value) => Number.isNaN(value)) }, sums);
  const out = new Float32Array(sums.length);
  writeMeans(sums, forest.roots.length, out);
  return out;
}

/** Copies the rows from columns into one block, and tells whether any value is missing. */
function gatherRows(
  columns: readonly Float32Array[],
  start: number,
  count: number,
  values: Float32Array,
): boolean {
  const width = columns.length;
  let missing = 0;
  columns.forEach((column, feature) => {
    for (let row = 0; row < count; row++) {
      const value = column[start + row] ?? 0;
      values[row * width + feature] = value;
      if (value !== value) missing++;
    }
  });
  return missing > 0;
}

function writeMeans(sums: Float64Array, treeCount: number, out: Float32Array): void {
  for (let i = 0; i < sums.length; i++) out[i] = (sums[i] ?? 0) / treeCount;
}
