/** Words of a node in `Forest.nodes`. */
export const NODE_WORDS = 3;
/** The bits of a node's first word below its feature. */
export const FEATURE_SHIFT = 2;
export const LEAF_BIT = 2;
export const MISSING_LEFT_BIT = 1;

/**
 * A fitted forest as flat arrays. A node is three 32-bit words:
 * - split: `feature << 2 | missingLeft`, the threshold as a 32-bit float, and how many words ahead the left child begins;
 *   the right child follows the left one. Values up to the threshold go left, missing ones where `missingLeft` says.
 * - leaf: 2, where its class probabilities begin in `leaves`, and 0: a leaf is its own child, so that rows can walk in step
 *   until all have arrived.
 *
 * Children come after their parent, so every walk ends. Links are relative, so a tree is the same wherever it lies.
 */
export type Forest = {
  readonly numFeatures: number;
  readonly numClasses: number;
  /** For each tree the word where its root begins, ascending. */
  readonly roots: Int32Array;
  readonly nodes: Int32Array;
  /** One probability a class for each leaf. */
  readonly leaves: Float32Array;
};

/** One tree in the same form, in memory that can be transferred; its leaf indexes begin at 0. */
export type Tree = {
  readonly nodes: Int32Array<ArrayBuffer>;
  readonly leaves: Float32Array<ArrayBuffer>;
  /** For each feature the decrease of impurity by its splits, as a share of the tree's weight. */
  readonly importances: Float64Array<ArrayBuffer>;
};

export function isLeaf(head: number): boolean {
  return (head & LEAF_BIT) !== 0;
}

/** Puts trees one after the other. */
export function joinTrees(trees: readonly Tree[], numFeatures: number, numClasses: number): Forest {
  const nodes = new Int32Array(trees.reduce((sum, tree) => sum + tree.nodes.length, 0));
  const leaves = new Float32Array(trees.reduce((sum, tree) => sum + tree.leaves.length, 0));
  const roots = new Int32Array(trees.length);
  let nodeAt = 0;
  let leafAt = 0;
  trees.forEach((tree, i) => {
    roots[i] = nodeAt;
    nodes.set(tree.nodes, nodeAt);
    leaves.set(tree.leaves, leafAt);
    shiftLeaves(nodes.subarray(nodeAt, nodeAt + tree.nodes.length), leafAt);
    nodeAt += tree.nodes.length;
    leafAt += tree.leaves.length;
  });
  return { numFeatures, numClasses, roots, nodes, leaves };
}

function shiftLeaves(nodes: Int32Array, by: number): void {
  for (let at = 0; at < nodes.length; at += NODE_WORDS) {
    if (isLeaf(nodes[at] ?? 0)) nodes[at + 1] = (nodes[at + 1] ?? 0) + by;
  }
}
