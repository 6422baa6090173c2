import type { WalkForest } from "./kernels/walk-trees.ts";
import type { ClassLabel } from "./labels.ts";
import type { ResolvedOptions } from "./options.ts";

/** Everything that a fit leaves, and that is saved. */
export type FittedForest = {
  readonly options: ResolvedOptions;
  readonly forest: WalkForest;
  readonly classes: readonly ClassLabel[];
  readonly featureNames: readonly string[];
  readonly featureImportances: Float64Array;
};
