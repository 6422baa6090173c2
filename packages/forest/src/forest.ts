/** Words of a node in `Forest.nodes`. */
export const NODE_WORDS = 3;
/** In the first word of a node: this is a leaf. */
export const LEAF = -1;

/**
 * A fitted forest as flat arrays. A node is three 32-bit words:
 * - split: `feature << 1 | missingLeft`, the threshold's bits as a 32-bit float, and the word where the left child begins;
 *   the right child follows the left one. Values up to the threshold go left, missing ones where `missingLeft` says.
 * - leaf: −1, 0, and the index in `leaves` where its class probabilities begin.
 *
 * Children come after their parent, so every walk ends.
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

/** One tree in the same form, in memory that can be transferred; its words and leaf indexes begin at 0. */
export type Tree = {
  readonly nodes: Int32Array<ArrayBuffer>;
  readonly leaves: Float32Array<ArrayBuffer>;
  /** For each feature the decrease of impurity by its splits, as a share of the tree's weight. */
  readonly importances: Float64Array<ArrayBuffer>;
};

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
    shiftLinks(nodes.subarray(nodeAt, nodeAt + tree.nodes.length), nodeAt, leafAt);
    nodeAt += tree.nodes.length;
    leafAt += tree.leaves.length;
  });
  return { numFeatures, numClasses, roots, nodes, leaves };
}

function shiftLinks(nodes: Int32Array, nodeAt: number, leafAt: number): void {
  for (let word = 0; word < nodes.length; word += NODE_WORDS) {
    nodes[word + 2] = (nodes[word + 2] ?? 0) + (nodes[word] === LEAF ? leafAt : nodeAt);
  }
}
