import {
  CATEGORY_BIT,
  FEATURE_SHIFT,
  isLeaf,
  MISSING_LEFT_BIT,
  NODE_WORDS,
  type WalkForest,
} from "./forest.ts";
import { inCategorySet } from "./kernels/walk-trees.ts";

/**
 * The nodes that each row passes through, like scikit-learn's `decision_path`: a sparse matrix of rows × nodes of all
 * trees, in compressed sparse row format. Row `i` passes the nodes `indices[rowStarts[i] … rowStarts[i + 1] - 1]`,
 * ascending.
 */
export type DecisionPath = {
  readonly rowStarts: Uint32Array;
  readonly indices: Uint32Array;
  /** The first node of each tree, followed by the total number of nodes. */
  readonly treeStarts: Uint32Array;
};

/**
 * The leaf that each row reaches in each tree, as a node number within the tree (the root is 0); row-major, rows ×
 * trees.
 */
export function leavesReached(
  forest: WalkForest,
  columns: readonly Float32Array[],
  numRows: number,
): Int32Array {
  const { roots } = forest;
  const reached = new Int32Array(numRows * roots.length);
  roots.forEach((root, tree) => {
    for (let row = 0; row < numRows; row++) {
      const leaf = leafOf(forest, root, columns, row);
      reached[row * roots.length + tree] = (leaf - root) / NODE_WORDS;
    }
  });
  return reached;
}

export function decisionPath(
  forest: WalkForest,
  columns: readonly Float32Array[],
  numRows: number,
): DecisionPath {
  const indices: number[] = [];
  const rowStarts = new Uint32Array(numRows + 1);
  for (let row = 0; row < numRows; row++) {
    for (const root of forest.roots) {
      for (let at = root; ; at = childOf(forest, at, columns, row)) {
        indices.push(at / NODE_WORDS);
        if (isLeaf(forest.nodes[at] ?? 0)) break;
      }
    }
    rowStarts[row + 1] = indices.length;
  }
  const treeStarts = Uint32Array.from([...forest.roots, forest.nodes.length], (word) => word / NODE_WORDS);
  return { rowStarts, indices: Uint32Array.from(indices), treeStarts };
}

/** The word of the leaf that a row reaches in the tree with this root. */
export function leafOf(
  forest: WalkForest,
  root: number,
  columns: readonly Float32Array[],
  row: number,
): number {
  let at = root;
  while (!isLeaf(forest.nodes[at] ?? 0)) at = childOf(forest, at, columns, row);
  return at;
}

function childOf(forest: WalkForest, at: number, columns: readonly Float32Array[], row: number): number {
  const head = forest.nodes[at] ?? 0;
  const value = columns[head >>> FEATURE_SHIFT]?.[row] ?? NaN;
  const left = at + (forest.nodes[at + 2] ?? 0);
  return goesLeft(forest, at, value) ? left : left + NODE_WORDS;
}

function goesLeft(forest: WalkForest, at: number, value: number): boolean {
  const head = forest.nodes[at] ?? 0;
  if (Number.isNaN(value)) return (head & MISSING_LEFT_BIT) !== 0;
  if ((head & CATEGORY_BIT) !== 0)
    return inCategorySet(forest.categorySets, forest.nodes[at + 1] ?? 0, value);
  return value <= (forest.thresholds[at + 1] ?? 0);
}
