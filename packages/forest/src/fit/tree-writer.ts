import { FEATURE_SHIFT, LEAF_BIT, MISSING_LEFT_BIT, NODE_WORDS, type Tree } from "../forest.ts";

export type SplitNode = {
  readonly feature: number;
  readonly threshold: number;
  readonly missingLeft: boolean;
  /** Of the rows that the node has. */
  readonly weight: number;
};

/** Collects one tree's nodes and leaves in arrays that grow by doubling. */
export class TreeWriter {
  private readonly importances: Float64Array<ArrayBuffer>;
  private nodes: Int32Array<ArrayBuffer> = new Int32Array(256 * NODE_WORDS);
  private leaves: Float32Array<ArrayBuffer> = new Float32Array(256);
  private nodeWeights: Float32Array<ArrayBuffer> = new Float32Array(256);
  private nodeEnd = NODE_WORDS;
  private leafEnd = 0;

  constructor(numFeatures: number) {
    this.importances = new Float64Array(numFeatures);
  }

  /** Makes the node at `word` a split and returns the word of its left child; the root is at word 0. */
  writeSplit(word: number, split: SplitNode): number {
    const left = this.nodeEnd;
    this.nodeEnd += 2 * NODE_WORDS;
    if (this.nodeEnd > this.nodes.length) {
      this.nodes = grown(this.nodes, new Int32Array(this.nodes.length * 2));
      this.nodeWeights = grown(this.nodeWeights, new Float32Array(this.nodeWeights.length * 2));
    }
    this.nodeWeights[word / NODE_WORDS] = split.weight;
    this.nodes[word] = (split.feature << FEATURE_SHIFT) | (split.missingLeft ? MISSING_LEFT_BIT : 0);
    this.nodes[word + 1] = floatBits(split.threshold);
    this.nodes[word + 2] = left - word;
    return left;
  }

  /** Makes the node at `word` a leaf with the shares of these class weights. */
  writeLeaf(word: number, classWeights: Int32Array, weight: number): void {
    const at = this.leafEnd;
    this.leafEnd += classWeights.length;
    if (this.leafEnd > this.leaves.length) this.growLeaves();
    for (let k = 0; k < classWeights.length; k++) this.leaves[at + k] = (classWeights[k] ?? 0) / weight;
    this.nodeWeights[word / NODE_WORDS] = weight;
    this.nodes[word] = LEAF_BIT;
    this.nodes[word + 1] = at;
    this.nodes[word + 2] = 0;
  }

  addImportance(feature: number, decrease: number): void {
    this.importances[feature] = (this.importances[feature] ?? 0) + decrease;
  }

  /** The finished tree, in memory of its own that can be transferred. */
  finish(): Tree {
    return {
      nodes: this.nodes.slice(0, this.nodeEnd),
      leaves: this.leaves.slice(0, this.leafEnd),
      categorySets: new Uint32Array(0),
      nodeWeights: this.nodeWeights.slice(0, this.nodeEnd / NODE_WORDS),
      importances: this.importances,
    };
  }

  private growLeaves(): void {
    this.leaves = grown(this.leaves, new Float32Array(Math.max(this.leaves.length * 2, this.leafEnd)));
  }
}

function grown<T extends Int32Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

const floatView = new Float32Array(1);
const bitsView = new Int32Array(floatView.buffer);

function floatBits(value: number): number {
  floatView[0] = value;
  return bitsView[0] ?? 0;
}
