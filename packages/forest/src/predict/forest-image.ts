import { FEATURE_SHIFT, isLeaf, MISSING_LEFT_BIT, NODE_WORDS, type WalkForest } from "../forest.ts";

/**
 * A forest as the bytes that `forest-program.ts` walks. A value is compared by its rank among the thresholds of its
 * feature, a 16-bit integer, so a node is one 64-bit word, from the low end:
 *
 * | bits | |
 * |---|---|
 * | 0..15 | 65535 − k, where k is the threshold's place among the feature's; 0 for a leaf |
 * | 16..47 | an eighth of the address of the left child, of the leaf itself for a leaf; the right child lies 8 bytes behind the left one |
 * | 48..63 | where a row's rank of the feature lies: 4 bytes a feature, the first two of them with missing values lowest, the others with them highest |
 *
 * Adding the rank to the word carries into the address when the value is above the threshold: one addition compares and
 * goes on, without a branch. Ranks are exact: x > threshold k ⟺ the number of thresholds below x is above k.
 *
 * Trees with so many thresholds that 16 bits cannot rank them are cut into segments, each with ranks of its own.
 */
export type ForestImage = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the segments' records begin. */
  readonly segments: number;
  readonly segmentCount: number;
  /** Bytes of a row of ranks, enough for every segment. */
  readonly rowBytes: number;
  readonly nodes: number;
  /** For each node, the address of its leaf's values; 4 bytes each. */
  readonly leafAddresses: number;
};

/** A segment's record: where its features' records begin and end, where its trees' do. */
export const SEGMENT_WORDS = 4;
/** A feature's record: its column, where its thresholds begin, the bytes of half of them, its place in a row of ranks. */
export const FEATURE_WORDS = 4;
/** A tree's record: the address of its root, its depth, that of the deepest tree beside it in a step of one row. */
export const TREE_WORDS = 3;
/** Trees that one row walks side by side; a segment's list of trees is padded to a multiple of it by empty ones. */
export const TREES_IN_STEP = 8;
/** Depths are rounded up to a multiple of it: a leaf is its own child, so walking on does no harm. */
export const LEVELS_IN_STEP = 2;
/** The image begins at this address, so that no address in it is 0. */
export const IMAGE_START = 64;

const WORD = 4;
const NODE_BYTES = 8;
const RANK_BYTES = 4;
const RANK_MAX = 65_535;
const FEATURES_MAX = 2 ** 16 / RANK_BYTES;
/** A forest beyond it is walked by the plain kernels: memory of WebAssembly is never given back while it lives. */
const IMAGE_BYTES_MAX = 2 ** 30;

/**
 * The image of a forest; undefined when it would be larger than 1 GiB, when it splits by categories, or when one tree alone
 * has more thresholds of a feature than 16 bits can rank.
 */
export function imageOf(forest: WalkForest): ForestImage | undefined {
  if (forest.categorySets.length > 0) return undefined;
  const segments = cutIntoSegments(forest, 0, forest.roots.length);
  if (segments === undefined) return undefined;
  const plan = planImage(forest, segments);
  if (plan.byteLength > IMAGE_BYTES_MAX) return undefined;
  return writeImage(forest, segments, plan);
}

/** Trees with common ranks: for each feature that they use its distinct thresholds, ascending. */
type Segment = {
  readonly firstTree: number;
  readonly endTree: number;
  readonly thresholds: ReadonlyMap<number, Float32Array>;
};

/** All trees as one segment, or in halves until the ranks fit. */
function cutIntoSegments(forest: WalkForest, firstTree: number, endTree: number): Segment[] | undefined {
  const thresholds = thresholdsOf(forest, firstTree, endTree);
  const sizes = Array.from(thresholds.values(), ({ length }) => length);
  if (thresholds.size <= FEATURES_MAX && sizes.every((size) => size < RANK_MAX)) {
    return [{ firstTree, endTree, thresholds }];
  }
  if (endTree - firstTree === 1) return undefined;
  const middle = (firstTree + endTree) >>> 1;
  const left = cutIntoSegments(forest, firstTree, middle);
  const right = left && cutIntoSegments(forest, middle, endTree);
  return right && [...left, ...right];
}

function thresholdsOf(forest: WalkForest, firstTree: number, endTree: number): Map<number, Float32Array> {
  const { nodes, thresholds, numFeatures } = forest;
  const start = forest.roots[firstTree] ?? 0;
  const end = forest.roots[endTree] ?? nodes.length;
  const counts = new Uint32Array(numFeatures);
  for (let at = start; at < end; at += NODE_WORDS) {
    const head = nodes[at] ?? 0;
    if (!isLeaf(head)) counts[head >>> FEATURE_SHIFT] = (counts[head >>> FEATURE_SHIFT] ?? 0) + 1;
  }
  const all = Array.from(counts, (count) => new Float32Array(count));
  for (let at = start; at < end; at += NODE_WORDS) {
    const feature = (nodes[at] ?? 0) >>> FEATURE_SHIFT;
    if (isLeaf(nodes[at] ?? 0)) continue;
    const place = (counts[feature] ?? 0) - 1;
    counts[feature] = place;
    const list = all[feature];
    if (list) list[place] = thresholds[at + 1] ?? 0;
  }
  const used = all.flatMap((list, feature): [number, Float32Array][] =>
    list.length > 0 ? [[feature, distinct(list)]] : [],
  );
  return new Map(used);
}

/** Ascending and without repeats; the list is sorted in place. */
function distinct(list: Float32Array): Float32Array {
  return list.sort().filter((value, i) => i === 0 || value !== list[i - 1]);
}

type ImagePlan = {
  readonly byteLength: number;
  readonly segments: number;
  /** Where each segment's records and thresholds begin. */
  readonly tables: readonly number[];
  readonly nodes: number;
  readonly leafAddresses: number;
  readonly leaves: number;
};

function planImage(forest: WalkForest, segments: readonly Segment[]): ImagePlan {
  const tables: number[] = [];
  let at = IMAGE_START + segments.length * SEGMENT_WORDS * WORD;
  for (const segment of segments) {
    tables.push(at);
    at += segment.thresholds.size * FEATURE_WORDS * WORD + paddedTrees(segment) * TREE_WORDS * WORD;
    for (const list of segment.thresholds.values()) at += paddedThresholds(list) * WORD;
  }
  const nodeCount = forest.nodes.length / NODE_WORDS + 1; // And the empty tree's leaf.
  const nodes = Math.ceil(at / NODE_BYTES) * NODE_BYTES;
  const leafAddresses = nodes + nodeCount * NODE_BYTES;
  const leaves = leafAddresses + nodeCount * WORD;
  const byteLength = leaves + (forest.leaves.length + forest.leafSize) * WORD;
  return { byteLength, segments: IMAGE_START, tables, nodes, leafAddresses, leaves };
}

function paddedTrees({ firstTree, endTree }: Segment): number {
  return Math.ceil((endTree - firstTree) / TREES_IN_STEP) * TREES_IN_STEP;
}

/** A power of two above the number of thresholds, so that halving finds the rank; the rest is infinite, above every value. */
function paddedThresholds({ length }: Float32Array): number {
  return 2 ** Math.ceil(Math.log2(length + 1));
}

type Writer = {
  readonly words: Uint32Array;
  readonly floats: Float32Array;
  readonly forest: WalkForest;
  readonly plan: ImagePlan;
};

function writeImage(forest: WalkForest, segments: readonly Segment[], plan: ImagePlan): ForestImage {
  const bytes = new Uint8Array(plan.byteLength);
  const words = new Uint32Array(bytes.buffer);
  const writer = { words, floats: new Float32Array(bytes.buffer), forest, plan };
  segments.forEach((segment, i) => writeSegment(writer, segment, i));
  writer.floats.set(forest.leaves, plan.leaves / WORD);
  writeEmptyTree(writer);
  const widest = Math.max(...segments.map(({ thresholds }) => thresholds.size));
  return {
    bytes,
    segments: plan.segments,
    segmentCount: segments.length,
    rowBytes: Math.max(1, widest) * RANK_BYTES,
    nodes: plan.nodes,
    leafAddresses: plan.leafAddresses,
  };
}

function writeSegment(writer: Writer, segment: Segment, index: number): void {
  const { words, floats, plan } = writer;
  const featuresAt = plan.tables[index] ?? 0;
  const treesAt = featuresAt + segment.thresholds.size * FEATURE_WORDS * WORD;
  const treesEnd = treesAt + (segment.endTree - segment.firstTree) * TREE_WORDS * WORD;
  words.set([featuresAt, treesAt, treesAt, treesEnd], plan.segments / WORD + index * SEGMENT_WORDS);
  let listAt = treesAt + paddedTrees(segment) * TREE_WORDS * WORD;
  let place = 0;
  const places = new Map<number, number>();
  for (const [feature, list] of segment.thresholds) {
    const padded = paddedThresholds(list);
    const halfBytes = (padded / 2) * WORD;
    words.set([feature, listAt, halfBytes, place * RANK_BYTES], featuresAt / WORD + place * FEATURE_WORDS);
    floats.fill(Infinity, listAt / WORD, listAt / WORD + padded);
    floats.set(list, listAt / WORD);
    listAt += padded * WORD;
    places.set(feature, place++);
  }
  writeTrees(writer, { segment, places, treesAt });
}

type TreesInput = {
  readonly segment: Segment;
  readonly places: ReadonlyMap<number, number>;
  readonly treesAt: number;
};

function writeTrees({ words, forest, plan }: Writer, { segment, places, treesAt }: TreesInput): void {
  const empty = plan.nodes + (forest.nodes.length / NODE_WORDS) * NODE_BYTES;
  const trees = Array.from({ length: paddedTrees(segment) }, (_, i) => {
    const tree = segment.firstTree + i;
    if (tree >= segment.endTree) return { root: empty, depth: 0 };
    return { root: addressOf(plan, forest.roots[tree] ?? 0), depth: treeDepth(forest, tree) };
  });
  trees.forEach(({ root, depth }, i) => {
    const beside = trees.slice(i - (i % TREES_IN_STEP)).slice(0, TREES_IN_STEP);
    const deepest = Math.max(...beside.map((tree) => tree.depth));
    words.set([root, depth, deepest], treesAt / WORD + i * TREE_WORDS);
  });
  const start = forest.roots[segment.firstTree] ?? 0;
  const end = forest.roots[segment.endTree] ?? forest.nodes.length;
  for (let at = start; at < end; at += NODE_WORDS) writeNode({ words, forest, plan, segment, places }, at);
}

type NodeInput = {
  readonly words: Uint32Array;
  readonly forest: WalkForest;
  readonly plan: ImagePlan;
  readonly segment: Segment;
  readonly places: ReadonlyMap<number, number>;
};

function writeNode({ words, forest, plan, segment, places }: NodeInput, at: number): void {
  const head = forest.nodes[at] ?? 0;
  const own = addressOf(plan, at);
  if (isLeaf(head)) {
    words[(plan.leafAddresses + (own - plan.nodes) / 2) / WORD] =
      plan.leaves + (forest.nodes[at + 1] ?? 0) * WORD;
    return putNode(words, own, { low: 0, next: own, rankAt: 0 });
  }
  const feature = head >>> FEATURE_SHIFT;
  const missingHigh = (head & MISSING_LEFT_BIT) === 0 ? RANK_BYTES / 2 : 0;
  putNode(words, own, {
    low: RANK_MAX - rankOf(segment.thresholds.get(feature) ?? NO_THRESHOLDS, forest.thresholds[at + 1] ?? 0),
    next: addressOf(plan, at + (forest.nodes[at + 2] ?? 0)),
    rankAt: (places.get(feature) ?? 0) * RANK_BYTES + missingHigh,
  });
}

const NO_THRESHOLDS = new Float32Array();

type NodeFields = { readonly low: number; readonly next: number; readonly rankAt: number };

function putNode(words: Uint32Array, address: number, { low, next, rankAt }: NodeFields): void {
  const place = next / NODE_BYTES;
  words[address / WORD] = low | (place << 16);
  words[address / WORD + 1] = (place >>> 16) | (rankAt << 16);
}

function addressOf(plan: ImagePlan, word: number): number {
  return plan.nodes + (word / NODE_WORDS) * NODE_BYTES;
}

/** A tree of one leaf, whose values are 0. */
function writeEmptyTree({ words, forest, plan }: Writer): void {
  const own = addressOf(plan, forest.nodes.length);
  putNode(words, own, { low: 0, next: own, rankAt: 0 });
  words[(plan.leafAddresses + (own - plan.nodes) / 2) / WORD] = plan.leaves + forest.leaves.length * WORD;
}

/** How many of the ascending values are below `value`. */
function rankOf(ascending: Float32Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function treeDepth({ nodes, roots }: WalkForest, tree: number): number {
  const start = roots[tree] ?? 0;
  const end = roots[tree + 1] ?? nodes.length;
  const depths = new Uint32Array((end - start) / NODE_WORDS);
  let deepest = 0;
  // Children come after their parent, so one pass knows every depth.
  for (let at = start; at < end; at += NODE_WORDS) {
    if (isLeaf(nodes[at] ?? 0)) continue;
    const child = (at - start + (nodes[at + 2] ?? 0)) / NODE_WORDS;
    const depth = (depths[(at - start) / NODE_WORDS] ?? 0) + 1;
    depths[child] = depth;
    depths[child + 1] = depth;
    deepest = Math.max(deepest, depth);
  }
  return Math.ceil(deepest / LEVELS_IN_STEP) * LEVELS_IN_STEP;
}
