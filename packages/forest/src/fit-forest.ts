import { AppError, Random, throwIfAborted } from "@flightdeck/core";
import type { Frame } from "@flightdeck/frame";
import { binFeatures, planTable, type TrainingData, writeTable } from "./binning/training-table.ts";
import { checkFinite, featureColumns, featuresOf } from "./features.ts";
import {
  type FittedForest,
  appendTrees,
  isLeaf,
  joinTrees,
  leafSizeOf,
  type Tree,
  walkable,
} from "./forest.ts";
import { CRITERIA, type GrowJob, type OptionSettings } from "./grow/grow-job.ts";
import { AddressSpace, histogramBytes } from "./grow/grow-memory.ts";
import { createGrower, type GrowControl, type Grower, growTrees } from "./grow/grow-trees.ts";
import { scoreOutOfBag } from "./out-of-bag.ts";
import {
  type EstimatorName,
  drawsPerTree,
  featuresPerNode,
  type ResolvedOptions,
  rowsOf,
} from "./options.ts";
import { classTargets, rowWeights, type Targets, valueTargets } from "./targets.ts";

/** Options of a `fit` call. */
export type FitOptions = {
  /** Stops the fit and its threads; the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each tree. */
  readonly onProgress?: GrowControl["onProgress"];
  /** A weight of at least 0 for each row. Default: every row weighs 1. */
  readonly sampleWeight?: ArrayLike<number> | undefined;
};

export type FitRequest = {
  readonly estimator: EstimatorName;
  readonly options: ResolvedOptions;
  readonly frame: Frame;
  /** The target columns; every other column is a feature. */
  readonly targetNames: readonly string[];
  /** A forest with the same options to add trees to. */
  readonly former?: FittedForest | undefined;
};

/**
 * If nodes use at least this share of the features, counting all features of the smaller child is cheaper than counting
 * some of both children.
 */
const SUBTRACT_SHARE_MIN = 0.3;
/** About twenty histograms may be waiting in each thread. */
const SUBTRACT_BYTES_MAX = 2 ** 22;
/** The size of a node's histogram; every thread needs at least one. */
const HISTOGRAM_BYTES_MAX = 2 ** 28;

/** Fits a forest, with all other columns of the frame as features. */
export async function fitForest(request: FitRequest, fitOptions: FitOptions): Promise<FittedForest> {
  throwIfAborted(fitOptions.signal);
  const { estimator, options, former } = request;
  const { data, grower } = prepareFit(request, fitOptions);
  const { features, targets, columns } = data;
  const seeds = treeSeeds(options);
  const formerCount = former === undefined ? 0 : checkFormer(former, data, options);
  const trees = await growTrees(grower, seeds.slice(formerCount), options.nThreads, fitOptions);
  const more = joinTrees(trees, features.length, leafSizeOf(targets.outputs));
  const forest = walkable(former === undefined ? more : appendTrees(former.forest, more));
  const { settings } = grower.job;
  const scored = options.oobScore
    ? await scoreOutOfBag({ forest, columns, targets, settings, seeds, signal: fitOptions.signal })
    : undefined;
  return {
    estimator,
    options,
    forest,
    outputs: targets.outputs,
    features,
    featureImportances: meanImportances(trees, features.length, former),
    oobScore: scored,
  };
}

/**
 * The number of trees in the previous forest. Throws INVALID_PARAMETER_VALUE if new trees are not compatible with them.
 */
function checkFormer(former: FittedForest, data: TrainingData, options: ResolvedOptions): number {
  const shapeOf = ({ features, outputs }: Pick<FittedForest, "features" | "outputs">): string =>
    JSON.stringify({ features, outputs });
  if (shapeOf(former) !== shapeOf({ features: data.features, outputs: data.targets.outputs }))
    throw invalid("a warm start must have the features, categories and classes of the former fit");
  const count = former.forest.roots.length;
  if (options.nEstimators < count)
    throw invalid(`nEstimators must be at least the ${count} of the former fit, got ${options.nEstimators}`);
  return count;
}

function trainingData({ options, estimator, frame, targetNames }: FitRequest, fit: FitOptions): TrainingData {
  const targets = estimator.endsWith("Classifier")
    ? classTargets(frame, targetNames)
    : valueTargets(frame, targetNames, options.criterion === "poisson");
  const names = frame.columnNames.filter((name) => !targetNames.includes(name));
  checkShape(frame.numRows, names.length, options, targets);
  const features = featuresOf(frame, names, options.categoricalFeatures);
  const columns = featureColumns(frame, features);
  checkFinite(features, columns);
  const { classWeight } = options;
  const weights = rowWeights(targets, frame.numRows, { sampleWeight: fit.sampleWeight, classWeight });
  const isBalanced = classWeight === "balanced_subsample";
  return { numRows: frame.numRows, features, columns, targets, weights, isBalanced };
}

function checkShape(numRows: number, numFeatures: number, options: ResolvedOptions, targets: Targets): void {
  if (numRows === 0) throw invalid("the frame must have at least one row, got none");
  if (numFeatures === 0) throw invalid("the frame must have a column beside the label, got none");
  if (options.classWeight === "balanced_subsample" && targets.outputs.length > 1)
    throw invalid('classWeight "balanced_subsample" must have one output, got several: use "balanced"');
}

/** Reads the frame and sorts it into bins, in the memory shared by the threads. */
export function prepareFit(
  request: FitRequest,
  fitOptions: FitOptions,
): { readonly data: TrainingData; readonly grower: Grower } {
  const { estimator, options } = request;
  const data = trainingData(request, fitOptions);
  const binned = binFeatures(data, options);
  const space = new AddressSpace();
  const table = planTable(space, data, binned);
  const randomSplits = Number(estimator.startsWith("ExtraTrees"));
  const settings = { ...table, ...optionSettings(data, options, table), randomSplits };
  const grower = createGrower(space, settings, Math.min(options.nThreads, options.nEstimators));
  writeTable(grower.job.memory.buffer, table, data, binned);
  return { data, grower };
}

function optionSettings(
  { numRows, features, targets, isBalanced }: TrainingData,
  options: ResolvedOptions,
  table: Pick<GrowJob["settings"], "numFeatures" | "numSlots" | "numStats" | "packed">,
): Omit<OptionSettings, "randomSplits"> {
  const bytes = histogramBytes(table);
  if (bytes > HISTOGRAM_BYTES_MAX) {
    throw invalid("features × bins × classes must be fewer: a node's counts would take more than 256 MiB");
  }
  const perNode = Math.min(featuresPerNode(options.maxFeatures, features.length), table.numFeatures);
  const isMany = perNode >= SUBTRACT_SHARE_MIN * table.numFeatures && bytes <= SUBTRACT_BYTES_MAX;
  const criterion = options.criterion === "log_loss" ? "entropy" : options.criterion;
  return {
    criterion: CRITERIA.indexOf(criterion),
    // Entropy is measured in bits.
    decreaseScale: (criterion === "entropy" ? Math.LOG2E : 1) / targets.outputs.length,
    maxDepth: options.maxDepth ?? 0,
    maxLeafNodes: options.maxLeafNodes ?? 0,
    perNode,
    minSamplesSplit: Math.max(2, rowsOf(options.minSamplesSplit, numRows)),
    minSamplesLeaf: rowsOf(options.minSamplesLeaf, numRows),
    minWeightFractionLeaf: options.minWeightFractionLeaf,
    minImpurityDecrease: options.minImpurityDecrease,
    drawCount: drawsPerTree(options, numRows),
    balanced: Number(isBalanced),
    subtracts: Number(table.packed === 1 && isMany),
  };
}

/** Adjacent seeds must not share trees, so the forest's seed is mixed first. */
function treeSeeds({ seed, nEstimators }: ResolvedOptions): number[] {
  const scattered = new Random(seed).nextUint32();
  return Array.from({ length: nEstimators }, (_, i) => (scattered + i) >>> 0);
}

/** The mean of the trees' importances, each scaled to sum to 1, as in scikit-learn; 0 without any split. */
function meanImportances(
  trees: readonly Tree[],
  numFeatures: number,
  former: FittedForest | undefined,
): Float64Array {
  const mean = new Float64Array(numFeatures);
  if (former !== undefined) {
    const { roots, nodes } = former.forest;
    const splitCount = roots.filter((root) => !isLeaf(nodes[root] ?? 0)).length;
    former.featureImportances.forEach((value, i) => (mean[i] = value * splitCount));
  }
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
