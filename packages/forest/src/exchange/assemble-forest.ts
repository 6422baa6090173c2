import { AppError } from "@flightdeck/core";
import {
  type Aggregation,
  CATEGORY_BIT,
  FEATURE_SHIFT,
  LEAF_BIT,
  MISSING_LEFT_BIT,
  NODE_WORDS,
  walkable,
  type WalkForest,
} from "../forest.ts";

/**
 * A tree in the form used by other programs: one entry per node in each list, the root first. Values up to the
 * threshold go left; `missingLeft` says where missing values go.
 */
export type PlainTree = {
  readonly feature: ArrayLike<number>;
  readonly threshold: ArrayLike<number>;
  readonly missingLeft: ArrayLike<number>;
  /** The number of the child; -1 for a leaf. */
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  /** `leafSize` values per node, or one if `place` is given. Those of inner nodes are ignored. */
  readonly values: ArrayLike<number>;
  /** The index of the only leaf value that the tree adds to, as in boosted trees; the others are 0. */
  readonly place?: number | undefined;
  /** The codes that go left, for nodes that split by categories instead of a threshold. */
  readonly categories?: ReadonlyMap<number, readonly number[]> | undefined;
  /** The weight that reached each node in training, if known. */
  readonly weights?: ArrayLike<number> | undefined;
};

export type ForestShape = {
  readonly numFeatures: number;
  readonly leafSize: number;
  readonly aggregation?: Aggregation | undefined;
};

/** Every feature gets a name, so the number that a file may claim is limited. */
const FEATURE_COUNT_MAX = 2 ** 20;
/** Each node has a bit set of its codes; XGBoost and LightGBM allow at most a few thousand. */
const CATEGORY_CODE_MAX = 2 ** 16;
/** A set takes as many bits as its highest code, so a small file could otherwise request any amount of memory. */
const CATEGORY_WORD_COUNT_MAX = 2 ** 24;
/** Links are signed 32-bit words. */
const NODE_COUNT_MAX = Math.floor(2 ** 31 / NODE_WORDS);
/** 512 MiB of leaves. A hundred rounds of a hundred classes with 128 leaves each take a quarter of this. */
const LEAF_VALUE_COUNT_MAX = 2 ** 27;

/**
 * Assembles a forest from untrusted trees. Throws INVALID_PARAMETER_VALUE for a loop, a missing node or one with two
 * parents, a missing feature, or a threshold or leaf that is not a number.
 */
export function assembleForest(trees: readonly PlainTree[], shape: ForestShape): WalkForest {
  if (trees.length === 0) throw invalid("it must have at least one tree, got none");
  if (!(shape.numFeatures >= 1 && shape.numFeatures <= FEATURE_COUNT_MAX))
    throw invalid(`it must have 1..${FEATURE_COUNT_MAX} features, got ${shape.numFeatures}`);
  const orders = trees.map(reachableNodes);
  const total = orders.reduce((sum, order) => sum + order.length, 0);
  if (total > NODE_COUNT_MAX) throw invalid(`it must have at most ${NODE_COUNT_MAX} nodes, got ${total}`);
  checkLeafValues((total + trees.length) / 2, shape.leafSize);
  const writer = new ForestWriter(total, shape, trees);
  trees.forEach((tree, i) => writer.writeTree(tree, orders[i] ?? [], i));
  return writer.finish();
}

/** Throws RESOURCE_EXHAUSTED if leaves would take too much memory, which even a small file can request. */
export function checkLeafValues(leafCount: number, leafSize: number): void {
  if (leafCount * leafSize <= LEAF_VALUE_COUNT_MAX) return;
  const message = `leaves of a model may hold ${LEAF_VALUE_COUNT_MAX} values, got ${leafCount} × ${leafSize}`;
  throw new AppError("RESOURCE_EXHAUSTED", message);
}

/** The reachable nodes in breadth-first order, so that siblings are adjacent. */
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
  readonly #leaves: Float32Array;
  readonly #categorySets: number[] = [];
  readonly #weights: Float32Array;
  #start = 0;
  #leafEnd = 0;

  constructor(nodeCount: number, shape: ForestShape, trees: readonly PlainTree[]) {
    this.#shape = shape;
    this.#nodes = new Int32Array(nodeCount * NODE_WORDS);
    this.#thresholds = new Float32Array(this.#nodes.buffer);
    this.#roots = new Int32Array(trees.length);
    this.#leaves = new Float32Array(((nodeCount + trees.length) / 2) * shape.leafSize); // Every split has two children, so just over half of the nodes are leaves.
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
      leaves: this.#leaves,
      categorySets: Uint32Array.from(this.#categorySets),
      nodeWeights: this.#weights,
      aggregation,
    });
  }

  #writeSplit(tree: PlainTree, node: number, at: number): void {
    const feature = tree.feature[node] ?? -1;
    if (!Number.isInteger(feature) || feature < 0 || feature >= this.#shape.numFeatures) {
      throw invalid(`a node must split by feature 0..${this.#shape.numFeatures - 1}, got ${feature}`);
    }
    const missing = (tree.missingLeft[node] ?? 0) === 0 ? 0 : MISSING_LEFT_BIT;
    const head = (feature << FEATURE_SHIFT) | missing;
    const categories = tree.categories?.get(node);
    if (categories !== undefined) {
      this.#nodes[at] = head | CATEGORY_BIT;
      this.#nodes[at + 1] = this.#writeSet(categories);
      return;
    }
    const threshold = tree.threshold[node] ?? Number.NaN;
    if (Number.isNaN(threshold)) throw invalid("a node's threshold must be a number, got NaN");
    this.#nodes[at] = head;
    this.#thresholds[at + 1] = floatAtMost(threshold);
  }

  #writeSet(codes: readonly number[]): number {
    const wrong = codes.find((code) => !Number.isInteger(code) || code < 0 || code > CATEGORY_CODE_MAX);
    if (wrong !== undefined) throw invalid(`a category's code must be 0..${CATEGORY_CODE_MAX}, got ${wrong}`);
    const at = this.#categorySets.length;
    if (at > CATEGORY_WORD_COUNT_MAX)
      throw new AppError(
        "RESOURCE_EXHAUSTED",
        `sets of categories may hold ${CATEGORY_WORD_COUNT_MAX} words`,
      );
    const highest = codes.reduce((a, b) => Math.max(a, b), -1);
    const words = new Uint32Array((highest + 32) >>> 5);
    for (const code of codes) words[code >>> 5] = (words[code >>> 5] ?? 0) | (1 << (code & 31));
    this.#categorySets.push(words.length, ...words);
    return at;
  }

  #writeLeaf({ values, place }: PlainTree, node: number, at: number): void {
    const { leafSize } = this.#shape;
    this.#nodes[at] = LEAF_BIT;
    this.#nodes[at + 1] = this.#leafEnd;
    const first = place ?? 0;
    const count = place === undefined ? leafSize : 1;
    for (let k = 0; k < count; k++) {
      const value = values[node * count + k] ?? Number.NaN;
      if (!Number.isFinite(Math.fround(value)))
        throw invalid(`a leaf's value must be a finite number, got ${value}`);
      this.#leaves[this.#leafEnd + first + k] = value;
    }
    this.#leafEnd += leafSize;
  }
}

const WORDS = new Float32Array(1);
const BITS = new Int32Array(WORDS.buffer);
const SMALLEST_FLOAT = 2 ** -149;

/** The largest 32-bit float up to `value`: for 32-bit x, x ≤ value ⟺ x ≤ it. */
export function floatAtMost(value: number): number {
  const rounded = Math.fround(value);
  return rounded > value ? floatBelow(rounded) : rounded;
}

/** The next 32-bit float below: for 32-bit x, x < value ⟺ x ≤ it. */
export function floatBelow(value: number): number {
  if (value === -Infinity || Number.isNaN(value)) return value;
  if (value === 0) return -SMALLEST_FLOAT;
  WORDS[0] = value;
  BITS[0] = (BITS[0] ?? 0) + (value > 0 ? -1 : 1);
  return WORDS[0] ?? 0;
}

/** The next 32-bit float above: for 32-bit x, x ≤ value ⟺ x < it. */
export function floatAbove(value: number): number {
  return -floatBelow(-value);
}

function invalid(reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `this model cannot be read: ${reason}`);
}
