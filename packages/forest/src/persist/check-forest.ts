import { AppError } from "@flightdeck/core";
import { LEAF, NODE_WORDS } from "../forest.ts";
import type { WalkForest } from "../kernels/walk-trees.ts";

/**
 * Makes sure that every walk through the forest ends and stays within its arrays: children lie behind their parent and in
 * the same tree, features and leaves exist. Throws INVALID_PARAMETER_VALUE for the first node where that is not so.
 */
export function checkForest(path: string, forest: WalkForest): void {
  const { roots, nodes } = forest;
  if (roots[0] !== 0 || nodes.length % NODE_WORDS !== 0)
    throw damaged(path, "its first tree must begin at word 0");
  roots.forEach((start, tree) => {
    const end = roots[tree + 1] ?? nodes.length;
    if (start % NODE_WORDS !== 0 || end <= start) throw damaged(path, `tree ${tree} has no nodes`);
    for (let at = start; at < end; at += NODE_WORDS) {
      if (!isSound(forest, at, end)) throw damaged(path, `tree ${tree} has a node that leads nowhere`);
    }
  });
}

function isSound(forest: WalkForest, at: number, treeEnd: number): boolean {
  const { nodes, leaves, thresholds, numFeatures, numClasses } = forest;
  const head = nodes[at] ?? 0;
  const link = nodes[at + 2] ?? 0;
  if (head === LEAF) return link >= 0 && link + numClasses <= leaves.length;
  const isForward = link > at && link % NODE_WORDS === 0 && link + 2 * NODE_WORDS <= treeEnd;
  return head >= 0 && head >>> 1 < numFeatures && isForward && !Number.isNaN(thresholds[at + 1]);
}

function damaged(path: string, reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${path} is damaged: ${reason}`);
}
