import type { BinnedTable } from "../kernels/binned-table.ts";
import { WEIGHT_BITS, WEIGHT_MAX } from "../kernels/binned-table.ts";
import type { NodeRows, Split } from "../kernels/forest-kernels.ts";

/** A node that has neither been split nor closed. Its class weights are known since its parent was split. */
export type OpenNode = NodeRows & {
  /** Where the node is written. */
  readonly word: number;
  /** Splits between the root and the node. */
  readonly depth: number;
  readonly classWeights: Int32Array;
  readonly weight: number;
};

export function rootNode(table: BinnedTable, entries: Uint32Array): OpenNode {
  const classWeights = new Int32Array(table.numClasses);
  for (const entry of entries) {
    const row = (entry >>> WEIGHT_BITS) * table.rowBytes;
    const klass = table.bytes[row + table.rowBytes - 1] ?? 0;
    classWeights[klass] = (classWeights[klass] ?? 0) + (entry & WEIGHT_MAX);
  }
  return {
    entries,
    start: 0,
    end: entries.length,
    word: 0,
    depth: 0,
    classWeights,
    weight: sumOf(classWeights),
  };
}

export type Place = { readonly word: number; readonly start: number; readonly end: number };

export function leftNode(parent: OpenNode, split: Split, place: Place): OpenNode {
  return childNode(parent, split.leftWeights, place);
}

export function rightNode(parent: OpenNode, split: Split, place: Place): OpenNode {
  const weights = parent.classWeights.map((weight, k) => weight - (split.leftWeights[k] ?? 0));
  return childNode(parent, weights, place);
}

function childNode(parent: OpenNode, classWeights: Int32Array, place: Place): OpenNode {
  const { entries, depth } = parent;
  return { entries, ...place, depth: depth + 1, classWeights, weight: sumOf(classWeights) };
}

function sumOf(weights: Int32Array): number {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum;
}
