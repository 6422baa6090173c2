import { invalid } from "@flightdeck/core";
import { type Column, Frame } from "@flightdeck/frame";
import type { PlainTree } from "./assemble-forest.ts";
import type { ImportedForest } from "./imported-forest.ts";

/** The thresholds of each feature's splits, ascending. */
type Thresholds = readonly Float64Array[];

/**
 * A forest with 64-bit thresholds, scored by 32-bit trees: both the thresholds and the values of a row are replaced by
 * their ranks among the feature's thresholds, which preserves every comparison.
 *
 * @example
 * ```ts
 * const model = readExactLightgbmModel(await readFile("model.txt", "utf8"));
 * await model.ranked.predict(model.ranks(frame)); // columns by name
 * ```
 */
export class ExactForest {
  /** Predicts the frames returned by `ranks`. */
  readonly ranked: ImportedForest;
  readonly #thresholds: Thresholds;

  /** @internal Created by the functions that read a file. */
  constructor(ranked: ImportedForest, thresholds: Thresholds) {
    this.ranked = ranked;
    this.#thresholds = thresholds;
  }

  /** The features of a frame, in order, with each value replaced by its rank. NaN and missing values stay missing. */
  ranks(frame: Frame): Frame {
    return Frame.fromColumns(
      this.ranked.featureNames.map((name, i) => rankColumn(frame.column(name), this.#thresholds[i])),
    );
  }
}

function rankColumn(column: Column, thresholds: Float64Array = new Float64Array()): Column {
  const { name, dtype, nulls, values } = column;
  if (dtype === "string" || dtype === "category")
    throw invalid(`column "${name}" must hold numbers, got text`);
  const ranks = Float32Array.from({ length: values.length }, (_, row) =>
    nulls?.[row] === 1 ? Number.NaN : rankOf(Number(values[row]), thresholds),
  );
  return { name, dtype: "float32", values: ranks, nulls: undefined };
}

/** The number of thresholds below the value, so that value ≤ threshold ⟺ rank ≤ the threshold's rank. */
function rankOf(value: number, thresholds: Float64Array): number {
  if (Number.isNaN(value)) return value;
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((thresholds[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The thresholds of all splits of the trees, by feature. */
export function thresholdsOf(trees: readonly PlainTree[], numFeatures: number): Thresholds {
  const found = Array.from({ length: numFeatures }, () => new Set<number>());
  for (const { feature, threshold, left } of trees) {
    for (let node = 0; node < left.length; node++) {
      if ((left[node] ?? -1) >= 0) found[feature[node] ?? -1]?.add(threshold[node] ?? Number.NaN);
    }
  }
  return found.map((thresholds) => Float64Array.from(thresholds).sort());
}

/** The tree with each threshold replaced by its rank. */
export function withRanks(tree: PlainTree, thresholds: Thresholds): PlainTree {
  const threshold = Array.from({ length: tree.left.length }, (_, node) =>
    rankOf(tree.threshold[node] ?? Number.NaN, thresholds[tree.feature[node] ?? -1] ?? new Float64Array()),
  );
  return { ...tree, threshold };
}
