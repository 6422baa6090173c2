import {
  CATEGORY_BIT,
  FEATURE_SHIFT,
  isLeaf,
  LEAF_BIT,
  MISSING_LEFT_BIT,
  NODE_WORDS,
  type WalkForest,
} from "../forest.ts";

/** Row-major values, one per feature of the forest. */
export type RowBlock = {
  readonly values: Float32Array;
  readonly numRows: number;
  /** Whether any value is NaN. */
  readonly hasMissing: boolean;
};

/**
 * Adds each tree's class probabilities for each row to `sums` (rows × classes). Goes tree by tree, so that a tree stays
 * in the cache for all rows of the block. The sums do not depend on how rows are divided into blocks.
 */
export function walkTrees(forest: WalkForest, block: RowBlock, sums: Float64Array): void {
  const inStep =
    block.hasMissing || forest.categorySets.length > 0 ? 0 : block.numRows - (block.numRows % ROWS_IN_STEP);
  const stepBlock = { ...block, numRows: inStep };
  for (const root of forest.roots) {
    if (inStep > 0) walkInStep(forest, root, stepBlock, sums);
    for (let row = inStep; row < block.numRows; row++) {
      addLeaf(forest, walkRow(forest, root, block.values, row), row, sums);
    }
  }
}

const ROWS_IN_STEP = 4;

/** The word of the leaf that a row reaches. */
function walkRow(forest: WalkForest, root: number, values: Float32Array, row: number): number {
  const { nodes, thresholds, numFeatures } = forest;
  const rowAt = row * numFeatures;
  let at = root;
  let head = nodes[at] ?? 0;
  while (!isLeaf(head)) {
    const value = values[rowAt + (head >>> FEATURE_SHIFT)] ?? 0;
    const goesRight =
      value !== value
        ? (head & MISSING_LEFT_BIT) === 0
        : (head & CATEGORY_BIT) === 0
          ? value > (thresholds[at + 1] ?? 0)
          : !inCategorySet(forest.categorySets, nodes[at + 1] ?? 0, value);
    at += (nodes[at + 2] ?? 0) + (goesRight ? NODE_WORDS : 0);
    head = nodes[at] ?? 0;
  }
  return at;
}

/**
 * Walks four rows at a time without branching on the values, which no processor could predict: two to three times as
 * fast as row by row. A row that has reached its leaf stays there until the others have too. No value may be NaN, no
 * split may be categorical, and the number of rows must be a multiple of four.
 */
function walkInStep(forest: WalkForest, root: number, block: RowBlock, sums: Float64Array): void {
  const { nodes, thresholds, numFeatures } = forest;
  const { values, numRows } = block;
  for (let row = 0; row < numRows; row += ROWS_IN_STEP) {
    const row0 = row * numFeatures;
    const row1 = row0 + numFeatures;
    const row2 = row1 + numFeatures;
    const row3 = row2 + numFeatures;
    let [at0, at1, at2, at3] = [root, root, root, root];
    for (;;) {
      const head0 = nodes[at0] ?? 0;
      const head1 = nodes[at1] ?? 0;
      const head2 = nodes[at2] ?? 0;
      const head3 = nodes[at3] ?? 0;
      if ((head0 & head1 & head2 & head3 & LEAF_BIT) !== 0) break;
      const right0 = +((values[row0 + (head0 >>> FEATURE_SHIFT)] ?? 0) > (thresholds[at0 + 1] ?? 0));
      const right1 = +((values[row1 + (head1 >>> FEATURE_SHIFT)] ?? 0) > (thresholds[at1 + 1] ?? 0));
      const right2 = +((values[row2 + (head2 >>> FEATURE_SHIFT)] ?? 0) > (thresholds[at2 + 1] ?? 0));
      const right3 = +((values[row3 + (head3 >>> FEATURE_SHIFT)] ?? 0) > (thresholds[at3 + 1] ?? 0));
      // The second word of a leaf is not a threshold, so the leaf bit masks the comparison.
      at0 += (nodes[at0 + 2] ?? 0) + NODE_WORDS * (right0 & ~(head0 >>> 1));
      at1 += (nodes[at1 + 2] ?? 0) + NODE_WORDS * (right1 & ~(head1 >>> 1));
      at2 += (nodes[at2 + 2] ?? 0) + NODE_WORDS * (right2 & ~(head2 >>> 1));
      at3 += (nodes[at3 + 2] ?? 0) + NODE_WORDS * (right3 & ~(head3 >>> 1));
    }
    addLeaf(forest, at0, row, sums);
    addLeaf(forest, at1, row + 1, sums);
    addLeaf(forest, at2, row + 2, sums);
    addLeaf(forest, at3, row + 3, sums);
  }
}

/** Whether a code is in the set that begins at `at`. An invalid code is in no set. */
export function inCategorySet(sets: Uint32Array, at: number, code: number): boolean {
  if (!(code >= 0 && code < (sets[at] ?? 0) * 32)) return false;
  return (((sets[at + 1 + (code >>> 5)] ?? 0) >>> (code & 31)) & 1) === 1;
}

function addLeaf(forest: WalkForest, at: number, row: number, sums: Float64Array): void {
  const { nodes, leaves, leafSize } = forest;
  const leaf = nodes[at + 1] ?? 0;
  const rowAt = row * leafSize;
  for (let k = 0; k < leafSize; k++) sums[rowAt + k] = (sums[rowAt + k] ?? 0) + (leaves[leaf + k] ?? 0);
}
