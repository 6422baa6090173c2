import {
  type ClassLabel,
  FEATURE_SHIFT,
  type FittedForest,
  isLeaf,
  NODE_WORDS,
  type WalkForest,
} from "../forest.ts";
import { resolveOptions } from "../options.ts";

export type ImportedForest = {
  readonly forest: WalkForest;
  /** Of a classifier. */
  readonly classes?: readonly ClassLabel[] | undefined;
  /** Without names, features are `f0`, `f1`, … as XGBoost calls them. */
  readonly featureNames?: readonly string[] | undefined;
};

/**
 * A forest from another program, as if it had been fitted here. Of its options only the number of trees is known. A
 * feature's importance is its share of the splits, as XGBoost's "weight".
 */
export function importedForest({ forest, classes, featureNames }: ImportedForest): FittedForest {
  const estimator = classes === undefined ? "RandomForestRegressor" : "RandomForestClassifier";
  const names = Array.from({ length: forest.numFeatures }, (_, i) => featureNames?.[i] ?? `f${i}`);
  return {
    estimator,
    options: resolveOptions(estimator, { nEstimators: forest.roots.length }),
    forest,
    outputs:
      classes === undefined
        ? Array.from({ length: forest.leafSize }, (_, k) => ({ name: k === 0 ? "target" : `target${k}` }))
        : [{ name: "label", classes }],
    features: names.map((name) => ({ name })),
    featureImportances: splitShares(forest),
  };
}

function splitShares({ nodes, numFeatures }: WalkForest): Float64Array {
  const counts = new Float64Array(numFeatures);
  let total = 0;
  for (let at = 0; at < nodes.length; at += NODE_WORDS) {
    const head = nodes[at] ?? 0;
    if (isLeaf(head)) continue;
    counts[head >>> FEATURE_SHIFT] = (counts[head >>> FEATURE_SHIFT] ?? 0) + 1;
    total++;
  }
  return counts.map((count) => (total === 0 ? 0 : count / total));
}
