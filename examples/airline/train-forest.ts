import type { ActiveRun } from "@flightdeck/client";
import { type FitProgress, RandomForestClassifier } from "@flightdeck/forest";
import { type Flights, LABEL } from "./flights.ts";

/** The parameters that the guide tunes, and further ones of its RAPIDS forest. */
export type ForestParams = {
  readonly nEstimators: number;
  readonly maxDepth: number;
  /** Fraction of the features to consider at each split. */
  readonly maxFeatures: number;
  /** RAPIDS' `n_bins`. */
  readonly maxBins?: number | undefined;
  /** RAPIDS' `split_criterion`. */
  readonly criterion?: "gini" | "entropy" | undefined;
};

export type TrainedForest = { readonly model: RandomForestClassifier; readonly accuracy: number };

export type TrainOptions = {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of finished trees as the metric `trees_done`. */
  readonly run: ActiveRun;
};

/** Fits a forest on the training flights and measures its accuracy on the test flights. */
export async function trainForest(
  flights: Flights,
  params: ForestParams,
  { seed, signal, run }: TrainOptions,
): Promise<TrainedForest> {
  const model = new RandomForestClassifier({ ...params, bootstrap: true, seed });
  await model.fit(flights.train, LABEL, { signal, onProgress: reportTo(run) });
  return { model, accuracy: await model.score(flights.test, { signal }) };
}

/** One line and one metric point per second are enough to show progress. */
const REPORT_MS = 1000;

function reportTo(run: ActiveRun): (progress: FitProgress) => void {
  let next = performance.now() + REPORT_MS;
  return ({ treesDone, treesTotal }) => {
    const isDue = performance.now() >= next;
    if (!isDue && treesDone < treesTotal) return;
    if (isDue) console.log(`  ${treesDone} of ${treesTotal} trees`);
    run.logMetric("trees_done", treesDone, { step: treesDone });
    next = performance.now() + REPORT_MS;
  };
}
