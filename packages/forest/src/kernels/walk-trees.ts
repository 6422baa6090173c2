import { type Forest, LEAF, NODE_WORDS } from "../forest.ts";

/** The forest's nodes, with the thresholds' words as floats beside. */
export type WalkForest = Forest & { readonly thresholds: Float32Array };

/** The same memory seen in two ways. */
export function walkable(forest: Forest): WalkForest {
  const { buffer, byteOffset, length } = forest.nodes;
  return { ...forest, thresholds: new Float32Array(buffer, byteOffset, length) };
}

/**
 * Adds each tree's class probabilities for each row to `sums` (rows × classes). `values` holds the rows one after the other.
 * Trees are the outer loop, so that one tree stays in the cache for all rows.
 */
export function walkTrees(
  forest: WalkForest,
  values: Float32Array,
  numRows: number,
  sums: Float64Array,
): void {
  for (const root of forest.roots) walkTree(forest, { root, values, numRows, sums });
}

type TreeWalk = {
  readonly root: number;
  readonly values: Float32Array;
  readonly numRows: number;
  readonly sums: Float64Array;
};

function walkTree(forest: WalkForest, { root, values, numRows, sums }: TreeWalk): void {
  const { nodes, thresholds, leaves, numFeatures, numClasses } = forest;
  for (let row = 0; row < numRows; row++) {
    const rowAt = row * numFeatures;
    let at = root;
    let head = nodes[at] ?? LEAF;
    while (head !== LEAF) {
      const value = values[rowAt + (head >>> 1)] ?? 0;
      const threshold = thresholds[at + 1] ?? 0;
      const left = nodes[at + 2] ?? 0;
      if (value <= threshold) at = left;
      else if (value > threshold) at = left + NODE_WORDS;
      else at = (head & 1) === 1 ? left : left + NODE_WORDS; // NaN is neither.
      head = nodes[at] ?? LEAF;
    }
    const leaf = nodes[at + 2] ?? 0;
    for (let k = 0; k < numClasses; k++) {
      const sum = row * numClasses + k;
      sums[sum] = (sums[sum] ?? 0) + (leaves[leaf + k] ?? 0);
    }
  }
}
