import { AppError } from "@flightdeck/core";
import {
  CATEGORY_BIT,
  FEATURE_SHIFT,
  type FittedForest,
  isLeaf,
  LEAF_BIT,
  leafSizeOf,
  MISSING_LEFT_BIT,
  NODE_WORDS,
  walkable,
  type WalkForest,
} from "../forest.ts";
import { ARRAY_NAMES, type ForestHeader } from "./forest-header.ts";

/** The arrays file, with its name for messages. */
export type ArraysFile = { readonly path: string; readonly bytes: Uint8Array };

/** Builds a forest from a header and its arrays, and validates it completely. */
export async function readForest(header: ForestHeader, { path, bytes }: ArraysFile): Promise<FittedForest> {
  const memory = Uint8Array.from(bytes); // A copy at offset 0, as required for typed array views.
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", memory));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (sha256 !== header.sha256) throw damaged(path, "its checksum is not the one in the header");
  return fittedOf(path, header, memory.buffer);
}

function fittedOf(path: string, header: ForestHeader, memory: ArrayBuffer): FittedForest {
  const { lengths, estimator, options, outputs, features, oobScore } = header;
  const starts: number[] = [0];
  for (const name of ARRAY_NAMES) starts.push((starts.at(-1) ?? 0) + lengths[name] * 4);
  const [rootsAt = 0, nodesAt = 0, leavesAt = 0, setsAt = 0, weightsAt = 0, importancesAt = 0] = starts;
  const nodes = new Int32Array(memory, nodesAt, lengths.nodes);
  if (header.version === 1) nodes.forEach((_, at) => at % NODE_WORDS === 0 && fromVersion1(nodes, at));
  const forest = walkable({
    numFeatures: features.length,
    leafSize: leafSizeOf(outputs),
    roots: new Int32Array(memory, rootsAt, lengths.roots),
    nodes,
    leaves: new Float32Array(memory, leavesAt, lengths.leaves),
    categorySets: new Uint32Array(memory, setsAt, lengths.categorySets),
    nodeWeights: new Float32Array(memory, weightsAt, lengths.nodeWeights),
  });
  checkForest(path, forest);
  const featureImportances = new Float64Array(memory.slice(importancesAt));
  return { estimator, options, forest, outputs, features, featureImportances, oobScore };
}

/** Version 1 had no category bit, so the feature began at bit 2. */
function fromVersion1(nodes: Int32Array, at: number): void {
  const head = nodes[at] ?? 0;
  if (!isLeaf(head)) nodes[at] = ((head >>> 2) << FEATURE_SHIFT) | (head & MISSING_LEFT_BIT);
}

/**
 * Ensures that every walk through the forest ends and stays within its arrays: children come after their parent and in
 * the same tree; features, leaves and category sets exist. Throws INVALID_PARAMETER_VALUE for the first invalid node.
 */
function checkForest(path: string, forest: WalkForest): void {
  const { roots, nodes, nodeWeights } = forest;
  if (roots[0] !== 0 || nodes.length % NODE_WORDS !== 0)
    throw damaged(path, "its first tree must begin at word 0");
  if (nodeWeights.length !== 0 && nodeWeights.length * NODE_WORDS !== nodes.length)
    throw damaged(path, "every node must have a weight, or none");
  roots.forEach((start, tree) => {
    const end = roots[tree + 1] ?? nodes.length;
    if (start % NODE_WORDS !== 0 || end <= start) throw damaged(path, `tree ${tree} has no nodes`);
    for (let at = start; at < end; at += NODE_WORDS) {
      if (!isSound(forest, at, end)) throw damaged(path, `tree ${tree} has a node that leads nowhere`);
    }
  });
}

function isSound(forest: WalkForest, at: number, treeEnd: number): boolean {
  const head = forest.nodes[at] ?? 0;
  const place = forest.nodes[at + 1] ?? 0;
  const ahead = forest.nodes[at + 2] ?? 0;
  if (isLeaf(head)) return head === LEAF_BIT && ahead === 0 && isLeafSound(forest, place);
  const isForward = ahead > 0 && ahead % NODE_WORDS === 0 && at + ahead + 2 * NODE_WORDS <= treeEnd;
  const isFeature = head >= 0 && head >>> FEATURE_SHIFT < forest.numFeatures;
  if (!isForward || !isFeature) return false;
  return (head & CATEGORY_BIT) === 0
    ? !Number.isNaN(forest.thresholds[at + 1])
    : isSetSound(forest.categorySets, place);
}

function isLeafSound({ leaves, leafSize }: WalkForest, leaf: number): boolean {
  return leaf >= 0 && leaf + leafSize <= leaves.length;
}

function isSetSound(sets: Uint32Array, at: number): boolean {
  return at >= 0 && at < sets.length && at + 1 + (sets[at] ?? 0) <= sets.length;
}

/** The error for damaged files. */
export function damaged(path: string, reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${path} is damaged: ${reason}`);
}
