import { AppError, throwIfAborted } from "@flightdeck/core";
import type { Frame } from "@flightdeck/frame";
import { binFeatures } from "../binning/binned-features.ts";
import { featureColumns } from "../feature-columns.ts";
import { type FittedForest, joinTrees, type Tree, walkable } from "../forest.ts";
import { histogramLength, ROW_COUNT_MAX } from "../kernels/binned-table.ts";
import { encodeLabels } from "../labels.ts";
import { featuresPerNode, type ResolvedOptions } from "../options.ts";
import { type FitProgress, fitTrees } from "./fit-trees.ts";

export type FitOptions = {
  /** Stops the fit and its threads; the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each tree. */
  readonly onProgress?: ((progress: FitProgress) => void) | undefined;
};

export type FitRequest = FitOptions & {
  readonly frame: Frame;
  readonly labelName: string;
  readonly options: ResolvedOptions;
};

/** A histogram of so many counts has 256 MB; every thread needs one at least. */
const HISTOGRAM_COUNTS_MAX = 2 ** 26;

/** Fits a forest to all other columns of the frame. */
export async function fitForest({
  frame,
  labelName,
  options,
  signal,
  onProgress,
}: FitRequest): Promise<FittedForest> {
  throwIfAborted(signal);
  const { classes, codes } = encodeLabels(frame.column(labelName));
  const featureNames = frame.columnNames.filter((name) => name !== labelName);
  checkSize(frame.numRows, featureNames.length, classes.length);
  const { seed, maxBins } = options;
  const columns = featureColumns(frame, featureNames);
  const features = binFeatures({ columns, codes, numClasses: classes.length, maxBins, seed });
  const numFeatures = featureNames.length;
  const growOptions = { ...options, featuresPerNode: featuresPerNode(options.maxFeatures, numFeatures) };
  const data = { features, numFeatures, options: growOptions, treeCount: options.nEstimators };
  const trees = await fitTrees({ data, nThreads: options.nThreads, signal, onProgress });
  return {
    estimator: "RandomForestClassifier",
    options,
    forest: walkable(joinTrees(trees, numFeatures, classes.length)),
    outputs: [{ name: labelName, classes }],
    features: featureNames.map((name) => ({ name })),
    featureImportances: meanImportances(trees, numFeatures),
  };
}

function checkSize(numRows: number, numFeatures: number, numClasses: number): void {
  if (numFeatures === 0) throw invalid("the frame must have a column beside the label, got none");
  if (numRows > ROW_COUNT_MAX)
    throw invalid(`the frame must have at most ${ROW_COUNT_MAX} rows, got ${numRows}`);
  const counts = histogramLength({ numFeatures, numClasses });
  if (counts <= HISTOGRAM_COUNTS_MAX) return;
  const message = `features × classes must be at most ${HISTOGRAM_COUNTS_MAX / 256}, got ${numFeatures} × ${numClasses}`;
  throw invalid(message);
}

/** The mean of the trees' importances, each scaled to sum 1, as scikit-learn computes them; 0 without any split. */
function meanImportances(trees: readonly Tree[], numFeatures: number): Float64Array {
  const mean = new Float64Array(numFeatures);
  for (const { importances } of trees) addScaled(mean, importances);
  const total = new Float64Array(numFeatures);
  addScaled(total, mean);
  return total;
}

function addScaled(to: Float64Array, values: Float64Array): void {
  const sum = values.reduce((total, value) => total + value, 0);
  if (sum > 0) values.forEach((value, i) => (to[i] = (to[i] ?? 0) + value / sum));
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
