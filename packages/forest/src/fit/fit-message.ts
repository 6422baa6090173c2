import type { BinnedFeatures } from "../binning/binned-features.ts";
import type { Tree } from "../forest.ts";
import type { GrowOptions } from "./grow-tree.ts";

/** What a fit worker is started with. Rows and counter are shared memory. */
export type FitWorkerData = {
  readonly features: BinnedFeatures;
  readonly numFeatures: number;
  readonly options: GrowOptions;
  readonly treeCount: number;
  /** One element: the number of the next tree that nobody has begun. */
  readonly nextTree: Int32Array;
};

/** What a fit worker sends for each tree. */
export type FitWorkerMessage = { readonly treeNumber: number; readonly tree: Tree };
