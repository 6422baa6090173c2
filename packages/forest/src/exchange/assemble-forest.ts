import { AppError } from "@flightdeck/core";
import {
  type Aggregation,
  FEATURE_SHIFT,
  LEAF_BIT,
  MISSING_LEFT_BIT,
  NODE_WORDS,
  walkable,
  type WalkForest,
} from "../forest.ts";

/**
 * A tree as other programs write it: one entry a node in each list, the root first. Values up to the threshold go left,
 * missing ones where `missingLeft` says.
 */
export type PlainTree = {
  readonly feature: ArrayLike<number>;
  readonly threshold: ArrayLike<number>;
  readonly missingLeft: ArrayLike<number>;
  /** The number of the child, -1 for a leaf. */
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  /** `leafSize` values a node; those of inner nodes are not looked at. */
  readonly values: ArrayLike<number>;
  /** The weight that reached each node in training, where it is known. */
  readonly weights?: ArrayLike<number> | undefined;
};

export type ForestShape = {
  readonly numFeatures: number;
  readonly leafSize: number;
  readonly aggregation?: Aggregation | undefined;
};

/**
 * A forest of trees from outside. Believes nothing: throws INVALID_PARAMETER_VALUE for a tree with a loop, a node that two
 * others share or that is not there, a feature that is not there, a threshold or leaf that is no number.
 */
export function assembleForest(trees: readonly PlainTree[], shape: ForestShape): WalkForest {
  if (trees.length === 0) throw invalid("it must have a tree at least, got none");
  const counts = trees.map((tree) => reachableNodes(tree, trees.indexOf(tree)));
  const total = counts.reduce((sum, order) => sum + order.length, 0);
  const writer = new ForestWriter(total, shape, trees);
  trees.forEach((tree, i) => writer.writeTree(tree, counts[i] ?? [], i));
  return writer.finish();
}

/** The nodes breadth first, so that siblings lie side by side; every other node is left out. */
function reachableNodes({ left, right }: PlainTree, treeNumber: number): number[] {
  if (left.length === 0) throw invalid(`tree ${treeNumber} has no nodes`);
  const seen = new Uint8Array(left.length);
  const order = [0];
  seen[0] = 1;
  for (let i = 0; i < order.length; i++) {
    const node = order[i] ?? 0;
    if ((left[node] ?? -1) < 0) continue;
    for (const child of [left[node] ?? -1, right[node] ?? -1]) {
      if (!Number.isInteger(child) || child < 0 || child >= left.length || seen[child] === 1) {
        throw invalid(
          `tree ${treeNumber}: node ${node} has the child ${child}, which is not there or not its own`,
        );
      }
      seen[child] = 1;
      order.push(child);
    }
  }
  return order;
}

class ForestWriter {
  readonly #shape: ForestShape;
  readonly #nodes: Int32Array<ArrayBuffer>;
  readonly #thresholds: Float32Array;
  readonly #roots: Int32Array;
  readonly #leaves: number[] = [];
  readonly #weights: Float32Array;
  #start = 0;

  constructor(nodeCount: number, shape: ForestShape, trees: readonly PlainTree[]) {
    this.#shape = shape;
    this.#nodes = new Int32Array(nodeCount * NODE_WORDS);
    this.#thresholds = new Float32Array(this.#nodes.buffer);
    this.#roots = new Int32Array(trees.length);
    this.#weights = new Float32Array(trees.every(({ weights }) => weights !== undefined) ? nodeCount : 0);
  }

  writeTree(tree: PlainTree, order: readonly number[], treeNumber: number): void {
    this.#roots[treeNumber] = this.#start * NODE_WORDS;
    let nextChild = this.#start + 1;
    order.forEach((node, i) => {
      const at = (this.#start + i) * NODE_WORDS;
      if (this.#weights.length > 0) this.#weights[this.#start + i] = tree.weights?.[node] ?? 0;
      if ((tree.left[node] ?? -1) < 0) return this.#writeLeaf(tree, node, at);
      this.#writeSplit(tree, node, at);
      this.#nodes[at + 2] = nextChild * NODE_WORDS - at;
      nextChild += 2;
    });
    this.#start += order.length;
  }

  finish(): WalkForest {
    const { numFeatures, leafSize, aggregation } = this.#shape;
    return walkable({
      numFeatures,
      leafSize,
      roots: this.#roots,
      nodes: this.#nodes,
      leaves: Float32Array.from(this.#leaves),
      categorySets: new Uint32Array(),
      nodeWeights: this.#weights,
      aggregation,
    });
  }

  #writeSplit(tree: PlainTree, node: number, at: number): void {
    const feature = tree.feature[node] ?? -1;
    const threshold = tree.threshold[node] ?? Number.NaN;
    if (!Number.isInteger(feature) || feature < 0 || feature >= this.#shape.numFeatures) {
      throw invalid(`a node must split by feature 0..${this.#shape.numFeatures - 1}, got ${feature}`);
    }
    if (Number.isNaN(threshold)) throw invalid("a node's threshold must be a number, got NaN");
    const missing = (tree.missingLeft[node] ?? 0) === 0 ? 0 : MISSING_LEFT_BIT;
    this.#nodes[at] = (feature << FEATURE_SHIFT) | missing;
    this.#thresholds[at + 1] = floatAtMost(threshold);
  }

  #writeLeaf(tree: PlainTree, node: number, at: number): void {
    this.#nodes[at] = LEAF_BIT;
    this.#nodes[at + 1] = this.#leaves.length;
    for (let k = 0; k < this.#shape.leafSize; k++) {
      const value = tree.values[node * this.#shape.leafSize + k] ?? Number.NaN;
      if (!Number.isFinite(value)) throw invalid(`a leaf's value must be a finite number, got ${value}`);
      this.#leaves.push(value);
    }
  }
}

const WORDS = new Float32Array(1);
const BITS = new Int32Array(WORDS.buffer);

/** The largest 32-bit float up to `value`: for 32-bit x, x ≤ value ⟺ x ≤ it. */
export function floatAtMost(value: number): number {
  const rounded = Math.fround(value);
  return rounded > value ? floatBelow(rounded) : rounded;
}

/** The next 32-bit float below: for 32-bit x, x < value ⟺ x ≤ it. */
export function floatBelow(value: number): number {
  if (value === -Infinity || Number.isNaN(value)) return value;
  if (value === 0) return -1.401298464324817e-45; // The smallest 32-bit float.
  WORDS[0] = value;
  BITS[0] = (BITS[0] ?? 0) + (value > 0 ? -1 : 1);
  return WORDS[0] ?? 0;
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
