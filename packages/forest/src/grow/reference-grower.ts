import { Random } from "@flightdeck/core";
import { CATEGORY_BIT, FEATURE_SHIFT, LEAF_BIT, NODE_WORDS, type Tree } from "../forest.ts";
import {
  belowBound,
  CLASS_FROM_END,
  EDGES_PER_FEATURE,
  type GrowJob,
  halfWay,
  ROW_NUMBER_FROM_END,
} from "./grow-job.ts";

/** A row of the tree: its address and number of draws. */
type Row = { readonly at: number; readonly draws: number };

/** `numStats` sums over some rows: draws, then the weights by class, or the weight and the weighted values. */
type Stats = readonly number[];

type Node = {
  readonly rows: readonly Row[];
  readonly depth: number;
  readonly word: number;
  readonly stats: Stats;
};

type Split = {
  readonly feature: number;
  readonly bin: number;
  /** Whether the rows of each bin go left. */
  readonly sides: readonly boolean[];
  readonly left: Stats;
  readonly right: Stats;
  readonly decrease: number;
  /** The lowest occupied bin above `bin`, or 0. */
  readonly nextBin: number;
};

type Candidate = Pick<Split, "feature" | "bin" | "sides"> & { readonly score: number };

/**
 * Grows one tree in the simplest way: no packed counts, no subtraction, every node counted. This is the oracle for the
 * WebAssembly module, which returns the same tree bit for bit, and the fallback on machines without WebAssembly
 * threads.
 */
export function growReferenceTree(job: GrowJob, seed: number): Tree {
  return new ReferenceGrower(job, seed).grow();
}

class ReferenceGrower {
  readonly #job: GrowJob;
  readonly #memory: DataView;
  readonly #random: Random;
  readonly #order: number[];
  readonly #rootWeight: number;
  readonly #root: Node;
  readonly #classFactors: readonly number[];
  readonly #nodes: number[] = [0, 0, 0];
  readonly #nodeWeights: number[] = [];
  readonly #leaves: number[] = [];
  readonly #sets: number[] = [];
  readonly #importances: Float64Array<ArrayBuffer>;

  constructor(job: GrowJob, seed: number) {
    this.#job = job;
    this.#memory = new DataView(job.memory.buffer);
    this.#random = new Random(seed);
    this.#order = Array.from({ length: job.settings.numFeatures }, (_, feature) => feature);
    this.#importances = new Float64Array(job.settings.numAllFeatures);
    const rows = this.#drawRows();
    this.#classFactors = job.settings.balanced === 1 ? this.#balancedFactors(rows) : [];
    this.#root = { rows, depth: 0, word: 0, stats: this.#sum(rows) };
    this.#rootWeight = this.#weightOf(this.#root.stats);
  }

  grow(): Tree {
    if (this.#job.settings.maxLeafNodes > 0) this.#growBestFirst();
    else this.#growDepthFirst();
    return {
      nodes: Int32Array.from(this.#nodes),
      leaves: Float32Array.from(this.#leaves),
      categorySets: Uint32Array.from(this.#sets),
      nodeWeights: Float32Array.from(this.#nodeWeights),
      importances: this.#importances,
    };
  }

  /** The smaller child first, since the order of nodes determines their random numbers. */
  #growDepthFirst(): void {
    const waiting: Node[] = [];
    const add = (node: Node): void => {
      if (this.#maySplit(node)) waiting.push(node);
      else this.#writeLeaf(node);
    };
    add(this.#root);
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      const split = this.#findSplit(node);
      if (split === undefined) {
        this.#writeLeaf(node);
        continue;
      }
      const { left, right } = this.#divide(node, split);
      const [small, large] = (left.stats[0] ?? 0) <= (right.stats[0] ?? 0) ? [left, right] : [right, left];
      add(large);
      add(small);
    }
  }

  #growBestFirst(): void {
    const waiting: { readonly node: Node; readonly split: Split }[] = [];
    const add = (node: Node): void => {
      const split = this.#maySplit(node) ? this.#findSplit(node) : undefined;
      if (split) waiting.push({ node, split });
      else this.#writeLeaf(node);
    };
    add(this.#root);
    for (let leafCount = 1; leafCount < this.#job.settings.maxLeafNodes; leafCount++) {
      waiting.sort((a, b) => a.split.decrease - b.split.decrease || b.node.word - a.node.word);
      const best = waiting.pop();
      if (best === undefined) break;
      const { left, right } = this.#divide(best.node, best.split);
      add(left);
      add(right);
    }
    waiting.sort((a, b) => a.node.word - b.node.word).forEach(({ node }) => this.#writeLeaf(node));
  }

  #drawRows(): Row[] {
    const { rows, rowBytes, numRows, drawCount, weights } = this.#job.settings;
    const draws = new Uint8Array(numRows).fill(drawCount > 0 ? 0 : 1);
    for (let i = 0; i < drawCount; i++) {
      const row = belowBound(this.#random, numRows);
      draws[row] = (draws[row] ?? 0) + 1;
    }
    const weighs = (row: number): boolean => weights === 0 || this.#double(weights, row) > 0;
    return Array.from(draws, (count, row) => ({ at: rows + row * rowBytes, draws: count, row }))
      .filter(({ draws: count, row }) => count > 0 && weighs(row))
      .map(({ at, draws: count }) => ({ at, draws: count }));
  }

  #balancedFactors(rows: readonly Row[]): number[] {
    const { codes, numOutputs } = this.#job.settings;
    const totals = Array.from({ length: this.#outputSize(0) }, () => 0);
    for (const row of rows) {
      const code = this.#memory.getUint8(codes + this.#rowNumber(row) * numOutputs);
      totals[code] = (totals[code] ?? 0) + row.draws;
    }
    const all = totals.reduce((sum, total) => sum + total, 0);
    return totals.map((total) => (total > 0 ? all / (totals.length * total) : 0));
  }

  #findSplit(node: Node): Split | undefined {
    const { perNode, numFeatures } = this.#job.settings;
    let best: Candidate | undefined;
    let drawn = 0;
    let kept = 0;
    while (kept < perNode && drawn < numFeatures) {
      const batch = this.#drawFeatures(drawn, Math.min(perNode - kept, numFeatures - drawn));
      drawn += batch.length;
      for (const feature of batch) {
        const bins = this.#countBins(node, feature);
        if (bins.some((stats) => stats[0] === node.stats[0])) continue;
        kept++;
        for (const candidate of this.#candidates(node, feature, bins)) {
          if (candidate.score > (best?.score ?? -Infinity)) best = candidate;
        }
      }
    }
    return best && this.#finish(node, best);
  }

  #drawFeatures(from: number, count: number): number[] {
    for (let at = from; at < from + count; at++) {
      const other = at + belowBound(this.#random, this.#order.length - at);
      const feature = this.#order[other] ?? 0;
      this.#order[other] = this.#order[at] ?? 0;
      this.#order[at] = feature;
    }
    return this.#order.slice(from, from + count);
  }

  #countBins(node: Node, feature: number): Stats[] {
    const { binCounts } = this.#job.settings;
    const bins = Array.from({ length: this.#word(binCounts, feature) + 1 }, () => this.#zero());
    for (const row of node.rows) addTo(bins[this.#bin(row, feature)] ?? [], this.#statsOfRow(row));
    return bins;
  }

  #candidates(node: Node, feature: number, bins: readonly Stats[]): Candidate[] {
    const occupied = bins.flatMap((stats, bin) => (bin > 0 && (stats[0] ?? 0) > 0 ? [bin] : []));
    const hasMissing = (bins[0]?.[0] ?? 0) > 0;
    if (this.#job.settings.randomSplits === 1)
      return this.#randomCandidate({ node, feature, bins, occupied, hasMissing });
    return [false, true].slice(0, hasMissing ? 2 : 1).flatMap((missingLeft) =>
      this.#orders(feature, bins, occupied).flatMap((order) => {
        const left = this.#zero();
        if (missingLeft) addTo(left, bins[0] ?? []);
        return order.flatMap((bin, i) => {
          addTo(left, bins[bin] ?? []);
          const isLeft = new Set(order.slice(0, i + 1));
          return this.#candidate(node, left, { feature, bin, isLeft, missingLeft });
        });
      }),
    );
  }

  /**
   * The orders in which all cuts are tried: ascending, or categories by the share of each class or the mean of each
   * output.
   */
  #orders(feature: number, bins: readonly Stats[], occupied: readonly number[]): (readonly number[])[] {
    const { categorical, criterion, numStats } = this.#job.settings;
    if (this.#word(categorical, feature) === 0) return [occupied];
    const first = criterion >= 2 || numStats === 3 ? 2 : 1;
    const keyOf = (bin: number, stat: number): number =>
      (bins[bin]?.[stat] ?? 0) / this.#weightOf(bins[bin] ?? []);
    return Array.from({ length: numStats - first }, (_, i) =>
      occupied.toSorted((a, b) => keyOf(a, first + i) - keyOf(b, first + i) || a - b),
    );
  }

  #randomCandidate(given: {
    readonly node: Node;
    readonly feature: number;
    readonly bins: readonly Stats[];
    readonly occupied: readonly number[];
    readonly hasMissing: boolean;
  }): Candidate[] {
    const { node, feature, bins, occupied } = given;
    const missingLeft = given.hasMissing && this.#random.nextFloat() < 0.5;
    const isCategory = this.#word(this.#job.settings.categorical, feature) === 1;
    const bin = isCategory ? 0 : this.#randomBin(feature, occupied);
    const isLeft = new Set(isCategory ? this.#randomSet(occupied) : occupied.filter((other) => other <= bin));
    const left = this.#zero();
    if (missingLeft) addTo(left, bins[0] ?? []);
    // Sum in the order of the category set, since rounding depends on it.
    for (const other of isLeft) addTo(left, bins[other] ?? []);
    return this.#candidate(node, left, { feature, bin, isLeft, missingLeft });
  }

  #randomBin(feature: number, occupied: readonly number[]): number {
    const low = occupied[0] ?? 0;
    const high = occupied.at(-1) ?? 0;
    if (low === high) return low;
    const from = this.#edge(feature, low);
    const threshold = from + this.#random.nextFloat() * (this.#edge(feature, high - 1) - from);
    let bin = low;
    while (bin < high - 1 && this.#edge(feature, bin) < threshold) bin++;
    return bin;
  }

  #randomSet(occupied: readonly number[]): number[] {
    const order = [...occupied];
    for (let at = 0; at + 1 < order.length; at++) {
      const other = at + belowBound(this.#random, order.length - at);
      [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
    }
    return order.slice(0, order.length < 2 ? order.length : 1 + belowBound(this.#random, order.length - 1));
  }

  #candidate(
    node: Node,
    left: Stats,
    cut: {
      readonly feature: number;
      readonly bin: number;
      readonly isLeft: ReadonlySet<number>;
      readonly missingLeft: boolean;
    },
  ): Candidate[] {
    const right = node.stats.map((whole, i) => whole - (left[i] ?? 0));
    if (!this.#isLargeEnough(left) || !this.#isLargeEnough(right)) return [];
    const { feature, bin, isLeft, missingLeft } = cut;
    const isCategory = this.#word(this.#job.settings.categorical, feature) === 1;
    const bins = this.#word(this.#job.settings.binCounts, feature);
    const sides = Array.from({ length: bins + 1 }, (_, other) => {
      if (other === 0) return missingLeft;
      return isCategory ? isLeft.has(other) : other <= bin;
    });
    return [{ feature, bin, sides, score: this.#score(left, right) }];
  }

  #score(left: Stats, right: Stats): number {
    const { criterion, numOutputs, numStats } = this.#job.settings;
    if (criterion !== 0 || numOutputs !== 1 || numStats !== 3)
      return this.#purity(left) + this.#purity(right);
    const [l, r] = [left[2] ?? 0, right[2] ?? 0];
    const [leftWeight, rightWeight] = [this.#weightOf(left), this.#weightOf(right)];
    return (l * l * rightWeight + r * r * leftWeight) / (leftWeight * rightWeight);
  }

  #finish(node: Node, { feature, bin, sides }: Candidate): Split | undefined {
    const bins = this.#countBins(node, feature);
    const left = this.#zero();
    const right = this.#zero();
    bins.forEach((stats, i) => addTo(sides[i] === true ? left : right, stats));
    const isCategory = this.#word(this.#job.settings.categorical, feature) === 1;
    const isHeavier = this.#weightOf(left) >= this.#weightOf(right);
    const isFree = (i: number): boolean => bins[i]?.[0] === 0 && (isCategory || i === 0);
    const gain = this.#purity(left) + this.#purity(right) - this.#purity(node.stats);
    const { decreaseScale, minImpurityDecrease } = this.#job.settings;
    const decrease = (Math.max(0, gain) * decreaseScale) / this.#rootWeight;
    if (decrease + Number.EPSILON < minImpurityDecrease) return undefined;
    const nextBin = Math.max(
      0,
      bins.findIndex((stats, i) => i > bin && (stats[0] ?? 0) > 0),
    );
    const decided = sides.map((side, i) => (isFree(i) ? isHeavier : side));
    return { feature, bin, sides: decided, left, right, decrease, nextBin };
  }

  /** The right side is in reverse order, as in the module, since rounding depends on the order of rows. */
  #divide(node: Node, split: Split): { readonly left: Node; readonly right: Node } {
    const word = this.#writeSplit(node, split);
    const isLeft = (row: Row): boolean => split.sides[this.#bin(row, split.feature)] === true;
    const depth = node.depth + 1;
    const left = { rows: node.rows.filter(isLeft), depth, word, stats: split.left };
    const rightRows = node.rows.filter((row) => !isLeft(row)).toReversed();
    return { left, right: { rows: rightRows, depth, word: word + NODE_WORDS, stats: split.right } };
  }

  #writeSplit(node: Node, split: Split): number {
    const { featureNumbers, categorical } = this.#job.settings;
    const feature = this.#word(featureNumbers, split.feature);
    const isCategory = this.#word(categorical, split.feature) === 1;
    const child = this.#nodes.length;
    this.#nodes.push(...Array.from({ length: 2 * NODE_WORDS }, () => 0));
    this.#nodes[node.word] =
      (feature << FEATURE_SHIFT) | (isCategory ? CATEGORY_BIT : 0) | Number(split.sides[0]);
    this.#nodes[node.word + 1] = isCategory
      ? this.#writeSet(split.sides.slice(1))
      : floatBits(this.#threshold(split));
    this.#nodes[node.word + 2] = child - node.word;
    this.#nodeWeights[node.word / NODE_WORDS] = this.#weightOf(node.stats);
    this.#importances[feature] = (this.#importances[feature] ?? 0) + split.decrease;
    return child;
  }

  #threshold({ feature, bin, nextBin }: Split): number {
    return nextBin === 0 ? Infinity : halfWay(this.#edge(feature, bin), this.#edge(feature, nextBin - 1));
  }

  #writeSet(isLeft: readonly boolean[]): number {
    const place = this.#sets.length;
    const words = Array.from({ length: Math.ceil(isLeft.length / 32) }, () => 0);
    isLeft.forEach((side, category) => {
      if (side) words[category >>> 5] = (words[category >>> 5] ?? 0) | (1 << (category & 31));
    });
    this.#sets.push(words.length, ...words);
    return place;
  }

  #writeLeaf({ word, stats }: Node): void {
    const weight = this.#weightOf(stats);
    this.#nodes[word] = LEAF_BIT;
    this.#nodes[word + 1] = this.#leaves.length;
    this.#nodes[word + 2] = 0;
    this.#nodeWeights[word / NODE_WORDS] = weight;
    this.#leaves.push(...stats.slice(this.#job.settings.criterion >= 2 ? 2 : 1).map((sum) => sum / weight));
  }

  #maySplit({ rows, depth, stats }: Node): boolean {
    const settings = this.#job.settings;
    const draws = stats[0] ?? 0;
    if (draws < settings.minSamplesSplit || draws < 2 * settings.minSamplesLeaf) return false;
    if (settings.maxDepth > 0 && depth >= settings.maxDepth) return false;
    if (this.#weightOf(stats) < 2 * settings.minWeightFractionLeaf * this.#rootWeight) return false;
    if (settings.criterion < 2)
      return this.#classesOf(stats).some((ofOutput) => ofOutput.filter(Boolean).length > 1);
    const valuesOf = (row: Row | undefined): string => (row ? this.#values(row).join() : "");
    return rows.some((row) => valuesOf(row) !== valuesOf(rows[0]));
  }

  #isLargeEnough(stats: Stats): boolean {
    const { minSamplesLeaf, minWeightFractionLeaf } = this.#job.settings;
    const draws = stats[0] ?? 0;
    if (draws <= 0 || draws < minSamplesLeaf) return false;
    return minWeightFractionLeaf === 0 || this.#weightOf(stats) >= minWeightFractionLeaf * this.#rootWeight;
  }

  #purity(stats: Stats): number {
    const { criterion } = this.#job.settings;
    const weight = this.#weightOf(stats);
    if (criterion >= 2) return sumOf(stats.slice(2).map((sum) => purityOfValue(sum, weight, criterion)));
    return sumOf(
      this.#classesOf(stats).map((shares) =>
        criterion === 0
          ? sumOf(shares.map((share) => share * share)) / weight
          : sumOf(shares.filter((share) => share > 0).map((share) => share * Math.log(share / weight))),
      ),
    );
  }

  #weightOf(stats: Stats): number {
    return this.#job.settings.criterion >= 2
      ? (stats[1] ?? 0)
      : sumOf(stats.slice(1, 1 + this.#outputSize(0)));
  }

  /** The weights of each output's classes. */
  #classesOf(stats: Stats): Stats[] {
    let first = 1;
    return Array.from({ length: this.#job.settings.numOutputs }, (_, output) => {
      const start = first;
      first += this.#outputSize(output);
      return stats.slice(start, first);
    });
  }

  #sum(rows: readonly Row[]): Stats {
    const stats = this.#zero();
    for (const row of rows) addTo(stats, this.#statsOfRow(row));
    return stats;
  }

  #statsOfRow(row: Row): Stats {
    const { packed, weights, criterion, codes, numOutputs, balanced, rowBytes } = this.#job.settings;
    const stats = this.#zero();
    stats[0] = row.draws;
    if (packed === 1) {
      stats[1 + this.#memory.getUint8(row.at + rowBytes - CLASS_FROM_END)] = row.draws;
      return stats;
    }
    const number = this.#rowNumber(row);
    let weight = weights === 0 ? row.draws : row.draws * this.#double(weights, number);
    if (criterion >= 2) {
      stats[1] = weight;
      this.#values(row).forEach((value, output) => (stats[2 + output] = weight * value));
      return stats;
    }
    const codesOfRow = Array.from({ length: numOutputs }, (_, output) =>
      this.#memory.getUint8(codes + number * numOutputs + output),
    );
    if (balanced === 1) weight *= this.#classFactors[codesOfRow[0] ?? 0] ?? 0;
    let first = 1;
    codesOfRow.forEach((code, output) => {
      stats[first + code] = weight;
      first += this.#outputSize(output);
    });
    return stats;
  }

  #values(row: Row): number[] {
    const { values, numOutputs } = this.#job.settings;
    const first = this.#rowNumber(row) * numOutputs;
    return Array.from({ length: numOutputs }, (_, output) => this.#double(values, first + output));
  }

  #rowNumber(row: Row): number {
    return this.#memory.getUint32(row.at + this.#job.settings.rowBytes - ROW_NUMBER_FROM_END, true);
  }

  #bin(row: Row, feature: number): number {
    return this.#memory.getUint8(row.at + feature);
  }

  /** The upper edge of a bin. */
  #edge(feature: number, bin: number): number {
    const index = feature * EDGES_PER_FEATURE + bin - 1;
    return this.#memory.getFloat32(this.#job.settings.edges + index * 4, true);
  }

  #outputSize(output: number): number {
    return this.#word(this.#job.settings.outputSizes, output);
  }

  #word(address: number, index: number): number {
    return this.#memory.getUint32(address + index * 4, true);
  }

  #double(address: number, index: number): number {
    return this.#memory.getFloat64(address + index * 8, true);
  }

  #zero(): number[] {
    return Array.from({ length: this.#job.settings.numStats }, () => 0);
  }
}

function purityOfValue(sum: number, weight: number, criterion: number): number {
  if (criterion === 2) return (sum * sum) / weight;
  return sum > 0 ? sum * Math.log(sum / weight) : -Infinity;
}

// Sums are mutable while being computed.
function addTo(sums: Stats, stats: Stats): void {
  const to = sums as number[];
  stats.forEach((value, i) => (to[i] = (to[i] ?? 0) + value));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function floatBits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0] ?? 0;
}
