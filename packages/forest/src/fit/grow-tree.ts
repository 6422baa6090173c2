import { assert, Random } from "@flightdeck/core";
import type { BinnedFeatures } from "../binning/binned-features.ts";
import { halfWay } from "../binning/bin-edges.ts";
import { NODE_WORDS, type Tree } from "../forest.ts";
import { histogramLength } from "../kernels/binned-table.ts";
import type { ForestKernels, NodeRows, Split } from "../kernels/forest-kernels.ts";
import { bootstrapEntries } from "./bootstrap.ts";
import { FeatureSampler } from "./feature-sampler.ts";
import { varies } from "./varies.ts";
import { HistogramPool } from "./histogram-pool.ts";
import { impurityDecrease } from "./impurity-decrease.ts";
import { leftNode, type OpenNode, rightNode, rootNode } from "./open-node.ts";
import { TreeWriter } from "./tree-writer.ts";

export type GrowOptions = {
  /** Null is no limit. */
  readonly maxDepth: number | null;
  readonly featuresPerNode: number;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  readonly bootstrap: boolean;
  readonly seed: number;
};

export type GrowRequest = {
  readonly features: BinnedFeatures;
  /** The number of all features, constant ones included. */
  readonly numFeatures: number;
  readonly options: GrowOptions;
  readonly kernels: ForestKernels;
};

/** A node on the list of those to be split, with its counts when they came cheaply from its parent's. */
type Waiting = { readonly node: OpenNode; readonly histogram: Int32Array | undefined };

/**
 * A child with fewer rows is counted anew: taking one histogram from another costs as much as counting some hundred rows.
 * The tree is the same either way.
 */
const SUBTRACT_ROWS_MIN = 200;
/** From this share of features a node on, counting all features of the smaller child costs less than some of both. */
const SUBTRACT_SHARE_MIN = 0.3;
/** Some twenty histograms may wait in each thread; of a million counts they have 80 MB. */
const SUBTRACT_COUNTS_MAX = 2 ** 20;

/**
 * Grows one tree of the forest. Its randomness depends on the seed and the tree's number only, so neither the number of
 * threads nor the order in which trees are grown changes it.
 *
 * Where nodes try many of the features, histograms hold all features, and of two children only the smaller one is counted:
 * the other's are what is left of the parent's. The smaller child is grown first, so at most log2(rows) histograms wait.
 */
export function growTree(request: GrowRequest, treeNumber: number): Tree {
  return new TreeGrower(request, treeNumber).grow();
}

class TreeGrower {
  private readonly request: GrowRequest;
  private readonly sampler: FeatureSampler;
  private readonly pool: HistogramPool;
  private readonly writer: TreeWriter;
  private readonly root: OpenNode;
  private readonly spare: Uint32Array;
  private readonly tried: Int32Array;
  private readonly waiting: Waiting[] = [];
  private readonly subtracts: boolean;

  constructor(request: GrowRequest, treeNumber: number) {
    const { options, numFeatures } = request;
    const { table } = request.features;
    const random = new Random(treeSeed(options.seed, treeNumber));
    const entries = bootstrapEntries(table.numRows, options.bootstrap ? random : undefined);
    this.request = request;
    this.root = rootNode(table, entries);
    this.spare = new Uint32Array(entries.length);
    this.sampler = new FeatureSampler(table.numFeatures, options.featuresPerNode, random);
    this.tried = new Int32Array(this.sampler.perNode);
    this.pool = new HistogramPool(table);
    this.writer = new TreeWriter(numFeatures);
    this.subtracts =
      options.featuresPerNode >= SUBTRACT_SHARE_MIN * table.numFeatures &&
      histogramLength(table) <= SUBTRACT_COUNTS_MAX;
  }

  grow(): Tree {
    this.add(this.root, undefined);
    for (let next = this.waiting.pop(); next; next = this.waiting.pop()) this.visit(next);
    return this.writer.finish();
  }

  /** A node that cannot be split becomes a leaf at once, the others wait. */
  private add(node: OpenNode, histogram: Int32Array | undefined): void {
    if (this.mayBeSplit(node)) this.waiting.push({ node, histogram });
    else this.writeLeaf(node, histogram);
  }

  private mayBeSplit({ depth, weight, classWeights }: OpenNode): boolean {
    const { maxDepth, minSamplesSplit, minSamplesLeaf } = this.request.options;
    const isLarge = weight >= minSamplesSplit && weight >= 2 * minSamplesLeaf;
    return isLarge && (maxDepth === null || depth < maxDepth) && !classWeights.includes(weight);
  }

  private writeLeaf(node: OpenNode, histogram: Int32Array | undefined): void {
    this.writer.writeLeaf(node.word, node.classWeights, node.weight);
    if (histogram) this.pool.give(histogram);
  }

  private visit({ node, histogram }: Waiting): void {
    const counts = histogram ?? this.pool.take();
    if (histogram === undefined && this.subtracts) this.count(node, this.sampler.all, counts);
    const split = this.findSplit(node, counts);
    if (split === undefined) return this.writeLeaf(node, counts);
    const { left, right } = this.divide(node, split);
    this.addChildren(left, right, counts);
  }

  private findSplit(node: OpenNode, histogram: Int32Array): Split | undefined {
    const { kernels, features, options } = this.request;
    const tried = this.drawFeatures(node, histogram);
    const { classWeights } = node;
    const minLeafWeight = options.minSamplesLeaf;
    return kernels.findSplit({
      table: features.table,
      histogram,
      features: tried,
      classWeights,
      minLeafWeight,
    });
  }

  /** Draws until there are enough features that vary in the node, or none is left. */
  private drawFeatures(node: OpenNode, counts: Int32Array): Int32Array {
    const { table } = this.request.features;
    this.sampler.restart();
    let kept = 0;
    while (kept < this.sampler.perNode) {
      const drawn = this.sampler.draw(this.sampler.perNode - kept);
      if (drawn.length === 0) break;
      if (!this.subtracts) this.count(node, drawn, counts);
      for (const feature of drawn) if (varies(table, counts, feature)) this.tried[kept++] = feature;
    }
    return this.tried.subarray(0, kept);
  }

  private count(rows: NodeRows, features: Int32Array, counts: Int32Array): void {
    this.pool.clear(counts, features);
    this.request.kernels.addHistogram(this.request.features.table, rows, features, counts);
  }

  private divide(node: OpenNode, split: Split): { readonly left: OpenNode; readonly right: OpenNode } {
    const { features, kernels } = this.request;
    const middle = kernels.partitionRows(features.table, node, split, this.spare);
    assert(middle > node.start && middle < node.end, "a split must leave rows on both sides");
    const feature = features.featureNumbers[split.feature] ?? 0;
    const threshold = thresholdOf(features, split);
    const { missingLeft } = split;
    const word = this.writer.writeSplit(node.word, { feature, threshold, missingLeft, weight: node.weight });
    const left = leftNode(node, split, { word, start: node.start, end: middle });
    const right = rightNode(node, split, { word: word + NODE_WORDS, start: middle, end: node.end });
    this.writer.addImportance(feature, impurityDecrease(node, left, right) / this.root.weight);
    return { left, right };
  }

  private addChildren(left: OpenNode, right: OpenNode, counts: Int32Array): void {
    const [small, large] = left.end - left.start <= right.end - right.start ? [left, right] : [right, left];
    if (!this.subtracts || !this.mayBeSplit(large) || large.end - large.start < SUBTRACT_ROWS_MIN) {
      this.pool.give(counts);
      this.add(large, undefined);
      this.add(small, undefined);
      return;
    }
    const smallCounts = this.pool.take();
    this.count(small, this.sampler.all, smallCounts);
    this.pool.subtract(counts, smallCounts);
    this.add(large, counts);
    this.add(small, smallCounts);
  }
}

/** Rows between the two occupied bins could go either way; half-way is where scikit-learn puts the threshold. */
function thresholdOf({ edges }: BinnedFeatures, { feature, bin, nextBin }: Split): number {
  if (nextBin === -1) return Infinity;
  const ofFeature = edges[feature];
  return halfWay(ofFeature?.[bin] ?? 0, ofFeature?.[nextBin - 1] ?? 0);
}

/**
 * Neighbouring seeds must not share trees, so the forest's seed is scattered first. The generator scatters the sum again;
 * a step that is a multiple of its own (2^32 over the golden ratio) would make neighbouring trees alike, 1 does not.
 */
function treeSeed(seed: number, treeNumber: number): number {
  return new Random(seed).nextUint32() + treeNumber;
}
