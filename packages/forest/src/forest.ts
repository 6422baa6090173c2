import type { EstimatorName, ResolvedOptions } from "./options.ts";

/** Words of a node in `Forest.nodes`. */
export const NODE_WORDS = 3;
/** The bits of a node's first word below its feature. */
export const FEATURE_SHIFT = 3;
/** The node splits by a set of categories, not by a threshold. */
export const CATEGORY_BIT = 4;
export const LEAF_BIT = 2;
export const MISSING_LEFT_BIT = 1;

/**
 * A fitted forest as flat arrays. A node is three 32-bit words:
 * - split: `feature << 3 | missingLeft`, the threshold as a 32-bit float, and how many words ahead the left child begins;
 *   the right child follows the left one. Values up to the threshold go left, NaN where `missingLeft` says.
 * - split by categories: `feature << 3 | 4 | missingLeft`, where its set begins in `categorySets`, and the link as above.
 *   The set's first word is how many words of bits follow; category `c` goes left when bit `c % 32` of bit word `c / 32`
 *   is set, NaN where `missingLeft` says, and everything else right.
 * - leaf: 2, where its values begin in `leaves`, and 0: a leaf is its own child, so that rows can walk in step until all
 *   have arrived.
 *
 * Children come after their parent, so every walk ends. Links are relative, so a tree can be moved without changes.
 */
export type Forest = {
  readonly numFeatures: number;
  /** The number of values per leaf: for each output the probabilities of its classes, or one mean (see `Output`). */
  readonly leafSize: number;
  /** The word where the root of each tree begins, ascending. */
  readonly roots: Int32Array;
  readonly nodes: Int32Array;
  readonly leaves: Float32Array;
  readonly categorySets: Uint32Array;
  /** The weight of the rows that reached each node in training; empty if unknown. */
  readonly nodeWeights: Float32Array;
  /** How the prediction of a row is computed from its leaves. Undefined: their mean over the trees. */
  readonly aggregation?: Aggregation | undefined;
};

/**
 * The prediction of a row is `link(base + Σ leaf values / divisor)`, since boosted forests of other programs sum their
 * trees.
 */
export type Aggregation = {
  /** One value for each leaf value. */
  readonly base: readonly number[];
  readonly divisor: number;
  readonly link: Link;
};

export type Link = (typeof LINKS)[number];

/** The function applied to the sum: none, softmax, 1 / (1 + e^−x), or e^x. */
export const LINKS = ["identity", "softmax", "logistic", "exp"] as const;

/** A forest with a float view of the node words, for the thresholds. */
export type WalkForest = Forest & { readonly thresholds: Float32Array };

/** One tree in the same format, in transferable memory; its leaves and category sets begin at 0. */
export type Tree = {
  readonly nodes: Int32Array<ArrayBuffer>;
  readonly leaves: Float32Array<ArrayBuffer>;
  readonly categorySets: Uint32Array<ArrayBuffer>;
  readonly nodeWeights: Float32Array<ArrayBuffer>;
  /** The decrease of impurity by the splits of each feature, as a share of the tree's weight. */
  readonly importances: Float64Array<ArrayBuffer>;
};

/** A class takes one byte in a binned row. */
export const CLASS_COUNT_MAX = 256;

/** A class label, as in the label column. */
export type ClassLabel = number | string | boolean;

/** A target column that the forest predicts. The outputs are one after the other in a leaf. */
export type Output = {
  readonly name: string;
  /** The distinct labels, ascending, one leaf value each; undefined for a regression, which has one value. */
  readonly classes?: readonly ClassLabel[] | undefined;
};

/** A feature column. */
export type Feature = {
  readonly name: string;
  /** The categories in the order of their codes; undefined for a numeric feature, which is compared with thresholds. */
  readonly categories?: readonly string[] | undefined;
};

/** The result of a fit, which is also what is saved. */
export type FittedForest = {
  readonly estimator: EstimatorName;
  readonly options: ResolvedOptions;
  readonly forest: WalkForest;
  readonly outputs: readonly Output[];
  readonly features: readonly Feature[];
  readonly featureImportances: Float64Array;
  /** Accuracy or R² when each row is predicted by the trees that did not draw it, if the option is set. */
  readonly oobScore?: number | undefined;
};

/** The total number of leaf values of the outputs. */
export function leafSizeOf(outputs: readonly Output[]): number {
  return outputs.reduce((sum, { classes }) => sum + (classes?.length ?? 1), 0);
}

export function isLeaf(head: number): boolean {
  return (head & LEAF_BIT) !== 0;
}

/** Adds a float view of the same memory. */
export function walkable(forest: Forest): WalkForest {
  const { buffer, byteOffset, length } = forest.nodes;
  return { ...forest, thresholds: new Float32Array(buffer, byteOffset, length) };
}

/** Joins trees into a forest. */
export function joinTrees(trees: readonly Tree[], numFeatures: number, leafSize: number): Forest {
  const total = (of: keyof Tree): number => trees.reduce((sum, tree) => sum + tree[of].length, 0);
  const nodes = new Int32Array(total("nodes"));
  const leaves = new Float32Array(total("leaves"));
  const categorySets = new Uint32Array(total("categorySets"));
  const nodeWeights = new Float32Array(total("nodeWeights"));
  const roots = new Int32Array(trees.length);
  const at = { node: 0, leaf: 0, set: 0, weight: 0 };
  trees.forEach((tree, i) => {
    roots[i] = at.node;
    nodes.set(tree.nodes, at.node);
    leaves.set(tree.leaves, at.leaf);
    categorySets.set(tree.categorySets, at.set);
    nodeWeights.set(tree.nodeWeights, at.weight);
    shiftTree(nodes.subarray(at.node, at.node + tree.nodes.length), at.leaf, at.set);
    at.node += tree.nodes.length;
    at.leaf += tree.leaves.length;
    at.set += tree.categorySets.length;
    at.weight += tree.nodeWeights.length;
  });
  return { numFeatures, leafSize, roots, nodes, leaves, categorySets, nodeWeights };
}

/** The trees of both forests, those of the first one first. */
export function appendTrees(first: Forest, second: Forest): Forest {
  const moved = second.nodes.slice();
  shiftTree(moved, first.leaves.length, first.categorySets.length);
  const roots = second.roots.map((root) => root + first.nodes.length);
  return {
    ...first,
    roots: joined(new Int32Array(first.roots.length + roots.length), first.roots, roots),
    nodes: joined(new Int32Array(first.nodes.length + moved.length), first.nodes, moved),
    leaves: joined(new Float32Array(first.leaves.length + second.leaves.length), first.leaves, second.leaves),
    categorySets: joined(
      new Uint32Array(first.categorySets.length + second.categorySets.length),
      first.categorySets,
      second.categorySets,
    ),
    nodeWeights: joined(
      new Float32Array(first.nodeWeights.length + second.nodeWeights.length),
      first.nodeWeights,
      second.nodeWeights,
    ),
  };
}

function joined<T extends Int32Array | Float32Array | Uint32Array>(into: T, first: T, second: T): T {
  into.set(first);
  into.set(second, first.length);
  return into;
}

/** Shifts the locations stored in leaves and category splits. */
function shiftTree(nodes: Int32Array, leavesBy: number, setsBy: number): void {
  for (let at = 0; at < nodes.length; at += NODE_WORDS) {
    const head = nodes[at] ?? 0;
    if (isLeaf(head)) nodes[at + 1] = (nodes[at + 1] ?? 0) + leavesBy;
    else if ((head & CATEGORY_BIT) !== 0) nodes[at + 1] = (nodes[at + 1] ?? 0) + setsBy;
  }
}
