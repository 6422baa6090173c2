import { FEATURE_SHIFT, isLeaf, MISSING_LEFT_BIT, NODE_WORDS, type WalkForest } from "../forest.ts";

/**
 * The memory image of a forest for `forest-program.ts`. A value is compared by its rank among the thresholds of its feature,
 * a 16-bit integer, so a node is one 32-bit word, from the low end:
 *
 * | bits | |
 * |---|---|
 * | `rankBits` | 2^rankBits − 1 − k, where k is the index of the threshold among those of the feature; 0 for a leaf |
 * | `linkBits` | how many nodes ahead the left child is; 0 for a leaf, which is its own child; the right child follows the left |
 * | the rest | which rank of the row to use: two per feature, the first with missing values lowest, the second with them highest |
 *
 * Adding the rank to the word carries into the link if the value is above the threshold, so a single addition compares and
 * moves on, without a branch. Ranks are exact: x > threshold k ⟺ the number of thresholds below x is above k.
 *
 * Walking is limited mainly by memory access, so a tree should stay in the L1 cache. Nodes of a level are adjacent, and pairs
 * of leaves are at the end of the tree, so that the values of leaves can be at the positions of their nodes, starting at the
 * first leaf.
 *
 * Trees with so many thresholds that the bits cannot rank them are divided into segments, each with separate ranks. If that
 * does not help, a node takes 64 bits: 16 for the rank, 32 for the link in bytes, 16 to select the rank.
 */
export type ForestImage = {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the records of the segments begin. */
  readonly segments: number;
  readonly segmentCount: number;
  /** The size of a row of ranks in bytes, enough for every segment. */
  readonly rowBytes: number;
  readonly format: NodeFormat;
};

/** The bit layout of a node's word. */
export type NodeFormat = {
  readonly nodeBytes: 4 | 8;
  readonly rankBits: number;
  readonly linkBits: number;
};

/** A segment's record: where the records of its features begin and end, and those of its trees. */
export const SEGMENT_WORDS = 4;
/**
 * A feature's record: its column, where its thresholds begin, the bytes of half of them, its position in a row of
 * ranks.
 */
export const FEATURE_WORDS = 4;
/**
 * A tree's record: the address of its root, its depth, the depth of the deepest tree walked in the same step of one
 * row, and the address where the values of a leaf at address 0 would be.
 */
export const TREE_WORDS = 4;
/**
 * The number of trees that one row walks in parallel; a segment's list of trees is padded to a multiple of it with
 * empty trees.
 */
export const TREES_IN_STEP = 8;
/** Depths are rounded up to a multiple of this: a leaf is its own child, so walking further does no harm. */
export const LEVELS_IN_STEP = 2;
/** The image begins at this address, so that no address in it is 0. */
export const IMAGE_START = 64;

const WORD = 4;
/** Two ranks of a feature. */
const RANK_BYTES = 4;
const WIDE: NodeFormat = { nodeBytes: 8, rankBits: 16, linkBits: 32 };
const FEATURES_MAX = 2 ** 16 / RANK_BYTES;
/** Segments with fewer trees would spend more time on ranks than small nodes save. */
const NARROW_SEGMENT_TREES_MIN = 16;
/** Larger forests are walked by the plain kernels, since WebAssembly memory cannot be released while in use. */
const IMAGE_BYTES_MAX = 2 ** 30;

/**
 * The image of a forest; undefined if it would exceed 1 GiB, has categorical splits, or one tree has more thresholds of
 * a feature than 16 bits can rank.
 */
export function imageOf(forest: WalkForest): ForestImage | undefined {
  if (forest.categorySets.length > 0) return undefined;
  const narrow = narrowFormat(forest);
  const narrowSegments = narrow && cutIntoSegments(forest, narrow, { first: 0, end: forest.roots.length });
  const format = narrow && narrowSegments ? narrow : WIDE;
  const segments = narrowSegments ?? cutIntoSegments(forest, WIDE, { first: 0, end: forest.roots.length });
  if (segments === undefined) return undefined;
  const places = placeNodes(forest);
  const plan = planImage(forest, format, { segments, places });
  if (plan.byteLength > IMAGE_BYTES_MAX) return undefined;
  return writeImage({ forest, format, segments, places, plan });
}

/**
 * Reserves bits for the links of the largest tree and for selecting among the ranks of all features; the remaining bits
 * are for the rank.
 */
function narrowFormat({ roots, nodes, numFeatures }: WalkForest): NodeFormat | undefined {
  let largest = 0;
  roots.forEach((root, tree) => {
    largest = Math.max(largest, ((roots[tree + 1] ?? nodes.length) - root) / NODE_WORDS);
  });
  const linkBits = Math.ceil(Math.log2(largest + 1));
  const rankBits = Math.min(16, 32 - linkBits - Math.ceil(Math.log2(2 * numFeatures)));
  return rankBits >= NARROW_RANK_BITS_MIN ? { nodeBytes: 4, rankBits, linkBits } : undefined;
}

/** A link counts nodes of four bytes, so the two bits below it are cleared. */
const NARROW_RANK_BITS_MIN = 2;

type TreeRange = { readonly first: number; readonly end: number };

/** Trees with common ranks: the distinct thresholds of each feature that they use, ascending. */
type Segment = {
  readonly firstTree: number;
  readonly endTree: number;
  readonly thresholds: ReadonlyMap<number, Float32Array>;
};

/** Puts all trees in one segment, or halves the segments until the ranks fit. */
function cutIntoSegments(
  forest: WalkForest,
  format: NodeFormat,
  { first, end }: TreeRange,
): Segment[] | undefined {
  const thresholds = thresholdsOf(forest, first, end);
  const sizes = Array.from(thresholds.values(), ({ length }) => length);
  if (thresholds.size <= FEATURES_MAX && sizes.every((size) => size < rankMax(format))) {
    return [{ firstTree: first, endTree: end, thresholds }];
  }
  const isSmallest =
    end - first === 1 || (format.nodeBytes === 4 && end - first < 2 * NARROW_SEGMENT_TREES_MIN);
  if (isSmallest) return undefined;
  const middle = (first + end) >>> 1;
  const left = cutIntoSegments(forest, format, { first, end: middle });
  const right = left && cutIntoSegments(forest, format, { first: middle, end });
  return right && [...left, ...right];
}

function rankMax({ rankBits }: NodeFormat): number {
  return 2 ** rankBits - 1;
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

/** Sorts in place and removes duplicates. */
function distinct(list: Float32Array): Float32Array {
  return list.sort().filter((value, i) => i === 0 || value !== list[i - 1]);
}

/** The position of each node in its tree, and the first position with values in each tree. */
type Places = { readonly ofNode: Uint32Array; readonly firstValue: Uint32Array };

/**
 * Places every pair of children after its parent: first the pairs of two splits, level by level; then the pairs with a
 * leaf and everything below them; then the pairs of two leaves. Values begin with the second part.
 */
function placeNodes(forest: WalkForest): Places {
  const { roots, nodes } = forest;
  const ofNode = new Uint32Array(nodes.length / NODE_WORDS);
  const firstValue = new Uint32Array(roots.length);
  roots.forEach((root, tree) => {
    const [splits, mixed, leaves] = pairsOf(forest, root);
    let place = 1; // After the root, which has a value if it is a leaf.
    if (!isLeaf(nodes[root] ?? 0)) firstValue[tree] = place + 2 * splits.length;
    for (const left of [...splits, ...mixed, ...leaves]) {
      ofNode[left / NODE_WORDS] = place++;
      ofNode[left / NODE_WORDS + 1] = place++;
    }
  });
  return { ofNode, firstValue };
}

/** The left children of a tree's splits in the three parts. */
function pairsOf({ nodes }: WalkForest, root: number): readonly [number[], number[], number[]] {
  const parts: [number[], number[], number[]] = [[], [], []];
  const later: number[] = [];
  const visit = (at: number, queue: number[], isBelowMixed: boolean): void => {
    if (isLeaf(nodes[at] ?? 0)) return;
    const left = at + (nodes[at + 2] ?? 0);
    const right = left + NODE_WORDS;
    const leafCount = Number(isLeaf(nodes[left] ?? 0)) + Number(isLeaf(nodes[right] ?? 0));
    if (leafCount === 2) return void parts[2].push(left);
    const isMixed = isBelowMixed || leafCount === 1;
    parts[isMixed ? 1 : 0].push(left);
    (isMixed ? later : queue).push(left, right);
  };
  const queue = [root];
  for (let i = 0; i < queue.length; i++) visit(queue[i] ?? 0, queue, false);
  for (let i = 0; i < later.length; i++) visit(later[i] ?? 0, later, true);
  return parts;
}

type ImagePlan = {
  readonly byteLength: number;
  readonly segments: number;
  /** Where the records and thresholds of each segment begin. */
  readonly tables: readonly number[];
  /** Where the nodes and values of each tree begin; after the last tree, those of the empty tree. */
  readonly trees: readonly { readonly nodes: number; readonly values: number }[];
};

type Parts = { readonly segments: readonly Segment[]; readonly places: Places };

function planImage(forest: WalkForest, { nodeBytes }: NodeFormat, { segments, places }: Parts): ImagePlan {
  const { roots, nodes, leafSize } = forest;
  const tables: number[] = [];
  let at = IMAGE_START + segments.length * SEGMENT_WORDS * WORD;
  for (const segment of segments) {
    tables.push(at);
    at += segment.thresholds.size * FEATURE_WORDS * WORD + paddedTrees(segment) * TREE_WORDS * WORD;
    for (const list of segment.thresholds.values()) at += paddedThresholds(list) * WORD;
  }
  const counts = Array.from(roots, (root, tree) => ((roots[tree + 1] ?? nodes.length) - root) / NODE_WORDS);
  const trees = [...counts, 1].map((count, tree) => {
    const start = Math.ceil(at / LINE_BYTES) * LINE_BYTES;
    const values = start + count * nodeBytes;
    at = values + (count - (places.firstValue[tree] ?? 0)) * leafSize * WORD;
    return { nodes: start, values };
  });
  return { byteLength: at, segments: IMAGE_START, tables, trees };
}

/** A tree begins at a cache line. */
const LINE_BYTES = 64;

function paddedTrees({ firstTree, endTree }: Segment): number {
  return Math.ceil((endTree - firstTree) / TREES_IN_STEP) * TREES_IN_STEP;
}

/** A power of two above the number of thresholds, for binary search; the padding is infinite, above every value. */
function paddedThresholds({ length }: Float32Array): number {
  return 2 ** Math.ceil(Math.log2(length + 1));
}

type ImageInput = Parts & {
  readonly forest: WalkForest;
  readonly format: NodeFormat;
  readonly plan: ImagePlan;
};

/** The image being written, as words and as floats. */
type Writer = ImageInput & { readonly words: Uint32Array; readonly floats: Float32Array };

function writeImage(input: ImageInput): ForestImage {
  const { forest, format, segments, plan } = input;
  const bytes = new Uint8Array(Math.ceil(plan.byteLength / WORD) * WORD);
  const writer = { ...input, words: new Uint32Array(bytes.buffer), floats: new Float32Array(bytes.buffer) };
  segments.forEach((segment, i) => writeSegment(writer, segment, i));
  putNode(writer, plan.trees[forest.roots.length]?.nodes ?? 0, LEAF); // The empty tree is a leaf with values 0.
  const widest = Math.max(...segments.map(({ thresholds }) => thresholds.size));
  return {
    bytes,
    segments: plan.segments,
    segmentCount: segments.length,
    rowBytes: Math.max(1, widest) * RANK_BYTES,
    format,
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
  const ranks = new Map<number, number>();
  for (const [feature, list] of segment.thresholds) {
    const padded = paddedThresholds(list);
    const halfBytes = (padded / 2) * WORD;
    words.set([feature, listAt, halfBytes, place * RANK_BYTES], featuresAt / WORD + place * FEATURE_WORDS);
    floats.fill(Infinity, listAt / WORD, listAt / WORD + padded);
    floats.set(list, listAt / WORD);
    listAt += padded * WORD;
    ranks.set(feature, 2 * place++);
  }
  writeTreeRecords(writer, segment, treesAt);
  for (let tree = segment.firstTree; tree < segment.endTree; tree++)
    writeTree(writer, { tree, segment, ranks });
}

function writeTreeRecords(
  { words, forest, format, places, plan }: Writer,
  segment: Segment,
  treesAt: number,
): void {
  const trees = Array.from({ length: paddedTrees(segment) }, (_, i) => {
    const tree = Math.min(segment.firstTree + i, segment.endTree);
    const isEmpty = tree === segment.endTree;
    const { nodes = 0, values = 0 } = plan.trees[isEmpty ? forest.roots.length : tree] ?? {};
    const firstPlace = nodes / format.nodeBytes + (isEmpty ? 0 : (places.firstValue[tree] ?? 0));
    const valuesOfZero = values - firstPlace * forest.leafSize * WORD;
    return { nodes, valuesOfZero, depth: isEmpty ? 0 : treeDepth(forest, tree) };
  });
  trees.forEach(({ nodes, valuesOfZero, depth }, i) => {
    const beside = trees.slice(i - (i % TREES_IN_STEP)).slice(0, TREES_IN_STEP);
    const deepest = Math.max(...beside.map((tree) => tree.depth));
    words.set([nodes, depth, deepest, valuesOfZero], treesAt / WORD + i * TREE_WORDS);
  });
}

type TreeInput = {
  readonly tree: number;
  readonly segment: Segment;
  /** The index of each feature's first rank in a row. */
  readonly ranks: ReadonlyMap<number, number>;
};

function writeTree(writer: Writer, { tree, segment, ranks }: TreeInput): void {
  const { forest, format, places, plan, floats } = writer;
  const { nodes, thresholds, leaves, leafSize, roots } = forest;
  const start = plan.trees[tree] ?? { nodes: 0, values: 0 };
  for (let at = roots[tree] ?? 0; at < (roots[tree + 1] ?? nodes.length); at += NODE_WORDS) {
    const head = nodes[at] ?? 0;
    const place = places.ofNode[at / NODE_WORDS] ?? 0;
    const address = start.nodes + place * format.nodeBytes;
    if (isLeaf(head)) {
      const leaf = nodes[at + 1] ?? 0;
      const valuesAt = start.values / WORD + (place - (places.firstValue[tree] ?? 0)) * leafSize;
      floats.set(leaves.subarray(leaf, leaf + leafSize), valuesAt);
      putNode(writer, address, LEAF);
      continue;
    }
    const feature = head >>> FEATURE_SHIFT;
    const missingHigh = (head & MISSING_LEFT_BIT) === 0 ? 1 : 0;
    const list = segment.thresholds.get(feature) ?? NO_THRESHOLDS;
    const left = (at + (nodes[at + 2] ?? 0)) / NODE_WORDS;
    putNode(writer, address, {
      low: rankMax(format) - rankOf(list, thresholds[at + 1] ?? 0),
      link: (places.ofNode[left] ?? 0) - place,
      rank: (ranks.get(feature) ?? 0) + missingHigh,
    });
  }
}

const NO_THRESHOLDS = new Float32Array();

type NodeFields = { readonly low: number; readonly link: number; readonly rank: number };

const LEAF: NodeFields = { low: 0, link: 0, rank: 0 };

function putNode({ words, format }: Writer, address: number, { low, link, rank }: NodeFields): void {
  const { nodeBytes, rankBits, linkBits } = format;
  if (nodeBytes === 4) {
    words[address / WORD] = low | (link << rankBits) | (rank * 2 ** (rankBits + linkBits));
    return;
  }
  words[address / WORD] = low | (link << 16);
  words[address / WORD + 1] = (link >>> 16) | (rank << 17);
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
