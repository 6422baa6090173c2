import type { ResolvedOptions } from "./options.ts";

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
 * Children come after their parent, so every walk ends. Links are relative, so a tree is the same wherever it lies.
 */
export type Forest = {
  readonly numFeatures: number;
  /** How many values a leaf has: for each output its classes' probabilities, or one mean (see `Output`). */
  readonly leafSize: number;
  /** For each tree the word where its root begins, ascending. */
  readonly roots: Int32Array;
  readonly nodes: Int32Array;
  readonly leaves: Float32Array;
  readonly categorySets: Uint32Array;
  /** For each node the weight of the rows that reached it in training, or empty where nobody knows it. */
  readonly nodeWeights: Float32Array;
  /** How a row's answer comes from its leaves; undefined: their mean over the trees. */
  readonly aggregation?: Aggregation | undefined;
};

/** A row's answer is `link(base + Σ leaf values / divisor)`: boosted forests of other programs add their trees up. */
export type Aggregation = {
  /** One value for each of a leaf's. */
  readonly base: readonly number[];
  readonly divisor: number;
  readonly link: Link;
};

export type Link = (typeof LINKS)[number];

/** What becomes of the sum: nothing, probabilities that sum to 1, or e to its power. */
export const LINKS = ["identity", "softmax", "exp"] as const;

/** A forest with its nodes' words also seen as floats, for the thresholds. */
export type WalkForest = Forest & { readonly thresholds: Float32Array };

/** One tree in the same form, in memory that can be transferred; its leaves and category sets begin at 0. */
export type Tree = {
  readonly nodes: Int32Array<ArrayBuffer>;
  readonly leaves: Float32Array<ArrayBuffer>;
  readonly categorySets: Uint32Array<ArrayBuffer>;
  readonly nodeWeights: Float32Array<ArrayBuffer>;
  /** For each feature the decrease of impurity by its splits, as a share of the tree's weight. */
  readonly importances: Float64Array<ArrayBuffer>;
};

/** A class as it stands in the label column. */
export type ClassLabel = number | string | boolean;

/** What a forest tells of one target column. Outputs lie one after the other in a leaf. */
export type Output = {
  readonly name: string;
  /** The distinct labels, ascending, one leaf value each; undefined for a regression, which has one value. */
  readonly classes?: readonly ClassLabel[] | undefined;
};

/** A column that the forest looks at. */
export type Feature = {
  readonly name: string;
  /** The categories in the order of their codes; undefined for a number, which is compared with thresholds. */
  readonly categories?: readonly string[] | undefined;
};

/** Whose options and methods a fitted forest has. */
export type EstimatorName = (typeof ESTIMATOR_NAMES)[number];

export const ESTIMATOR_NAMES = [
  "RandomForestClassifier",
  "RandomForestRegressor",
  "ExtraTreesClassifier",
  "ExtraTreesRegressor",
] as const;

/** Everything that a fit leaves, and that is saved. */
export type FittedForest = {
  readonly estimator: EstimatorName;
  readonly options: ResolvedOptions;
  readonly forest: WalkForest;
  readonly outputs: readonly Output[];
  readonly features: readonly Feature[];
  readonly featureImportances: Float64Array;
  /** Accuracy or R² by the trees that did not draw a row, where the options ask for it. */
  readonly oobScore?: number | undefined;
};

/** The number of leaf values that the outputs take together. */
export function leafSizeOf(outputs: readonly Output[]): number {
  return outputs.reduce((sum, { classes }) => sum + (classes?.length ?? 1), 0);
}

export function isLeaf(head: number): boolean {
  return (head & LEAF_BIT) !== 0;
}

/** The same memory seen in two ways. */
export function walkable(forest: Forest): WalkForest {
  const { buffer, byteOffset, length } = forest.nodes;
  return { ...forest, thresholds: new Float32Array(buffer, byteOffset, length) };
}

/** Puts trees one after the other. */
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

/** Moves the places that leaves and category splits name. */
function shiftTree(nodes: Int32Array, leavesBy: number, setsBy: number): void {
  for (let at = 0; at < nodes.length; at += NODE_WORDS) {
    const head = nodes[at] ?? 0;
    if (isLeaf(head)) nodes[at + 1] = (nodes[at + 1] ?? 0) + leavesBy;
    else if ((head & CATEGORY_BIT) !== 0) nodes[at + 1] = (nodes[at + 1] ?? 0) + setsBy;
  }
}
