import { AppError } from "@flightdeck/core";
import { FEATURE_SHIFT, isLeaf, LEAF_BIT, NODE_WORDS } from "../forest.ts";
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
  const head = forest.nodes[at] ?? 0;
  const ahead = forest.nodes[at + 2] ?? 0;
  if (isLeaf(head)) return head === LEAF_BIT && ahead === 0 && isLeafSound(forest, forest.nodes[at + 1] ?? 0);
  const isForward = ahead > 0 && ahead % NODE_WORDS === 0 && at + ahead + 2 * NODE_WORDS <= treeEnd;
  const isFeature = head >= 0 && head >>> FEATURE_SHIFT < forest.numFeatures;
  return isForward && isFeature && !Number.isNaN(forest.thresholds[at + 1]);
}

function isLeafSound({ leaves, numClasses }: WalkForest, leaf: number): boolean {
  return leaf >= 0 && leaf + numClasses <= leaves.length;
}

function damaged(path: string, reason: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${path} is damaged: ${reason}`);
}
