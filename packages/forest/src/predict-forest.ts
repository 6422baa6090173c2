import { throwIfAborted } from "@flightdeck/core";
import { type WalkForest, walkTrees } from "./kernels/walk-trees.ts";

/** Rows in one go: with some dozen features they fit in the first-level cache beside a tree's upper nodes. */
const BLOCK_ROWS = 512;
/** How long rows may be walked before other work in the process gets its turn. */
const TURN_MS = 20;

/**
 * The mean over the trees of each row's class probabilities, rows × classes. Long work makes room for other tasks of the
 * process now and then, and the signal stops it there.
 */
export async function predictForest(
  forest: WalkForest,
  columns: readonly Float32Array[],
  numRows: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { numClasses, numFeatures } = forest;
  const out = new Float32Array(numRows * numClasses);
  const blockRows = Math.min(BLOCK_ROWS, numRows);
  const values = new Float32Array(blockRows * numFeatures);
  const sums = new Float64Array(blockRows * numClasses);
  let turnEnd = performance.now() + TURN_MS;
  for (let start = 0; start < numRows; start += blockRows) {
    const count = Math.min(blockRows, numRows - start);
    gatherRows(columns, start, count, values);
    walkTrees(forest, values, count, sums.fill(0));
    for (let i = 0; i < count * numClasses; i++)
      out[start * numClasses + i] = (sums[i] ?? 0) / forest.roots.length;
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
  const sums = new Float64Array(numRows * forest.numClasses);
  walkTrees(forest, values, numRows, sums);
  return Float32Array.from(sums, (sum) => sum / forest.roots.length);
}

function gatherRows(
  columns: readonly Float32Array[],
  start: number,
  count: number,
  values: Float32Array,
): void {
  const width = columns.length;
  columns.forEach((column, feature) => {
    for (let row = 0; row < count; row++) values[row * width + feature] = column[start + row] ?? 0;
  });
}
