import type { OpenNode } from "./open-node.ts";

/**
 * By how much a split lowers the Gini impurity, times the weight of the node: weight · gini(node) − Σ weight · gini(child).
 * It is never below 0 but for rounding.
 */
export function impurityDecrease(node: OpenNode, left: OpenNode, right: OpenNode): number {
  return Math.max(0, purity(left) + purity(right) - purity(node));
}

/** Σ weight² / weight over the classes, which is weight · (1 − gini). */
function purity({ classWeights, weight }: OpenNode): number {
  let squares = 0;
  for (const classWeight of classWeights) squares += classWeight * classWeight;
  return squares / weight;
}
