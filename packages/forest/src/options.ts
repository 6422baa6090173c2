import { AppError } from "@flightdeck/core";

/** The estimator that a fitted forest belongs to. */
export type EstimatorName = (typeof ESTIMATOR_NAMES)[number];

export const ESTIMATOR_NAMES = [
  "RandomForestClassifier",
  "RandomForestRegressor",
  "ExtraTreesClassifier",
  "ExtraTreesRegressor",
] as const;

/** The forest options of scikit-learn in camelCase, with the same defaults. */
export type ForestOptions = {
  /** The number of trees, 1..100000. Default 100. */
  readonly nEstimators?: number | undefined;
  /** The maximum depth, 1..1000. Default null: trees grow until other limits stop them. */
  readonly maxDepth?: number | null | undefined;
  /**
   * How many features each node chooses from: a fraction in (0, 1], an integer of at least 2, "sqrt", "log2", or null
   * for all. Fractions are rounded down, but to at least one feature; 1 means the fraction. Default "sqrt" for
   * classifiers, 1 for regressors. Constant features count in "all", as in scikit-learn, but are never among those that
   * a node chooses from.
   */
  readonly maxFeatures?: number | "sqrt" | "log2" | null | undefined;
  /**
   * The minimum number of rows for splitting a node, at least 2 (the default), or a fraction of all rows. Rows drawn
   * twice count twice.
   */
  readonly minSamplesSplit?: number | undefined;
  /**
   * The minimum number of rows of a leaf, at least 1 (the default), or a fraction of all rows. Rows drawn twice count
   * twice.
   */
  readonly minSamplesLeaf?: number | undefined;
  /** The minimum weight of a leaf as a fraction of the total weight, 0..0.5. Default 0. */
  readonly minWeightFractionLeaf?: number | undefined;
  /** The minimum decrease of impurity of a split, weighted by the node's share of the rows. Default 0. */
  readonly minImpurityDecrease?: number | undefined;
  /**
   * The maximum number of leaves, at least 2. The nodes with the greatest decrease of impurity are split first. Default
   * null: no limit.
   */
  readonly maxLeafNodes?: number | null | undefined;
  /**
   * Whether each tree draws its rows with replacement; otherwise all trees use all rows. Default true, for extra trees
   * false.
   */
  readonly bootstrap?: boolean | undefined;
  /**
   * How many rows each tree draws: a number, or a fraction in (0, 1] of all rows. Default null: as many as there are.
   */
  readonly maxSamples?: number | null | undefined;
  /**
   * Whether to compute the score of each row predicted by the trees that did not draw it (`oobScore` of the fitted
   * forest). Default false.
   */
  readonly oobScore?: boolean | undefined;
  /** Whether another `fit` keeps the existing trees and adds trees up to `nEstimators`. Default false. */
  readonly warmStart?: boolean | undefined;
  /** The names of categorical columns, or "from_dtype" for all text columns. Default null: none. */
  readonly categoricalFeatures?: readonly string[] | "from_dtype" | null | undefined;
  /** The same seed, options and data give the same forest for any number of threads. Default 0. */
  readonly seed?: number | undefined;
  /** The number of worker threads, 1..256. Default: one per core. */
  readonly nThreads?: number | undefined;
  /** The maximum number of bins for the values of a feature, 2..255. Default 255. */
  readonly maxBins?: number | undefined;
};

/** Weight factors by class label, as text; or weights computed from the class frequencies. */
export type ClassWeight = "balanced" | "balanced_subsample" | Readonly<Record<string, number>> | null;

/** The options of `RandomForestClassifier` and `ExtraTreesClassifier`. */
export type ClassifierOptions = ForestOptions & {
  /** The measure of impurity; "log_loss" is an alias of "entropy". Default "gini". */
  readonly criterion?: "gini" | "entropy" | "log_loss" | undefined;
  /** Default null: all classes have weight 1. "balanced" weights them by the inverse of their frequency. */
  readonly classWeight?: ClassWeight | undefined;
};

/** The options of `RandomForestRegressor` and `ExtraTreesRegressor`. */
export type RegressorOptions = ForestOptions & {
  /** The measure of impurity; "poisson" requires values of at least 0. Default "squared_error". */
  readonly criterion?: "squared_error" | "poisson" | undefined;
};

/** The same as `ClassifierOptions`. */
export type RandomForestOptions = ClassifierOptions;

type Criterion = "gini" | "entropy" | "log_loss" | "squared_error" | "poisson";

type Defined<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** The options with every default filled in. */
export type ResolvedOptions = Defined<ForestOptions> & {
  readonly criterion: Criterion;
  readonly classWeight: ClassWeight;
};

const TREE_COUNT_MAX = 100_000;
const DEPTH_MAX = 1000;
const THREAD_COUNT_MAX = 256;
const SEED_MAX = 2 ** 32 - 1;
const COUNT_MAX = 2 ** 31 - 1;
const VALUE_BINS_MAX = 255;

/** Fills in the defaults. Throws INVALID_PARAMETER_VALUE with the option, its value and what is allowed. */
export function resolveOptions(estimator: EstimatorName, options: object): ResolvedOptions {
  const defaults = defaultsOf(estimator);
  const isGiven = (name: string, value: unknown): boolean =>
    value !== undefined && (value !== null || name !== "classWeight");
  const given = Object.entries(options).filter(([name, value]) => isGiven(name, value));
  const unknown = given.find(([name]) => !(name in defaults));
  if (unknown !== undefined) {
    const allowed = Object.keys(defaults).join(", ");
    throw new AppError("INVALID_PARAMETER_VALUE", `unknown option ${unknown[0]}; the options are ${allowed}`);
  }
  // Every field is checked below.
  const resolved = { classWeight: null, ...defaults, ...Object.fromEntries(given) } as ResolvedOptions;
  checkLimits(resolved);
  checkSampling(resolved);
  checkMeasures(estimator, resolved);
  return resolved;
}

function defaultsOf(estimator: EstimatorName): Partial<ResolvedOptions> {
  const isClassifier = estimator.endsWith("Classifier");
  return {
    nEstimators: 100,
    criterion: isClassifier ? "gini" : "squared_error",
    maxDepth: null,
    maxFeatures: isClassifier ? "sqrt" : 1,
    minSamplesSplit: 2,
    minSamplesLeaf: 1,
    minWeightFractionLeaf: 0,
    minImpurityDecrease: 0,
    maxLeafNodes: null,
    bootstrap: estimator.startsWith("RandomForest"),
    maxSamples: null,
    oobScore: false,
    warmStart: false,
    categoricalFeatures: null,
    ...(isClassifier ? { classWeight: null } : {}),
    seed: 0,
    nThreads: Math.min(navigator.hardwareConcurrency, THREAD_COUNT_MAX),
    maxBins: VALUE_BINS_MAX,
  };
}

function checkLimits(options: ResolvedOptions): void {
  checkInteger("nEstimators", options.nEstimators, [1, TREE_COUNT_MAX]);
  if (options.maxDepth !== null) checkInteger("maxDepth", options.maxDepth, [1, DEPTH_MAX]);
  checkCountOrFraction("minSamplesSplit", options.minSamplesSplit, 2);
  checkCountOrFraction("minSamplesLeaf", options.minSamplesLeaf, 1);
  const { minWeightFractionLeaf, minImpurityDecrease, maxLeafNodes } = options;
  if (!(minWeightFractionLeaf >= 0 && minWeightFractionLeaf <= 0.5))
    throw invalid("minWeightFractionLeaf", "a number 0..0.5", minWeightFractionLeaf);
  if (!(minImpurityDecrease >= 0 && minImpurityDecrease < Infinity))
    throw invalid("minImpurityDecrease", "a number of at least 0", minImpurityDecrease);
  if (maxLeafNodes !== null) checkInteger("maxLeafNodes", maxLeafNodes, [2, COUNT_MAX]);
  checkMaxFeatures(options.maxFeatures);
  checkInteger("seed", options.seed, [0, SEED_MAX]);
  checkInteger("nThreads", options.nThreads, [1, THREAD_COUNT_MAX]);
  checkInteger("maxBins", options.maxBins, [2, VALUE_BINS_MAX]);
}

function checkSampling(options: ResolvedOptions): void {
  for (const name of ["bootstrap", "oobScore", "warmStart"] as const) {
    if (typeof options[name] !== "boolean") throw invalid(name, "true or false", options[name]);
  }
  const { maxSamples, bootstrap, oobScore, categoricalFeatures } = options;
  const isFraction = maxSamples !== null && maxSamples > 0 && maxSamples <= 1;
  if (maxSamples !== null && !isFraction) checkInteger("maxSamples", maxSamples, [2, COUNT_MAX]);
  if (maxSamples !== null && !bootstrap) throw invalid("maxSamples", "null without bootstrap", maxSamples);
  if (oobScore && !bootstrap) throw invalid("oobScore", "false without bootstrap", oobScore);
  const areNames =
    Array.isArray(categoricalFeatures) && categoricalFeatures.every((name) => typeof name === "string");
  if (categoricalFeatures !== null && categoricalFeatures !== "from_dtype" && !areNames)
    throw invalid("categoricalFeatures", 'a list of names, "from_dtype" or null', categoricalFeatures);
}

function checkMeasures(estimator: EstimatorName, { criterion, classWeight }: ResolvedOptions): void {
  const allowed = estimator.endsWith("Classifier")
    ? ["gini", "entropy", "log_loss"]
    : ["squared_error", "poisson"];
  if (!allowed.includes(criterion)) throw invalid("criterion", `one of ${allowed.join(", ")}`, criterion);
  if (classWeight === null || classWeight === "balanced" || classWeight === "balanced_subsample") return;
  const isFactor = (factor: unknown): boolean =>
    typeof factor === "number" && factor >= 0 && factor < Infinity;
  if (typeof classWeight !== "object" || !Object.values(classWeight).every(isFactor)) {
    const rule = '"balanced", "balanced_subsample", null or an object of numbers of at least 0 by class';
    throw invalid("classWeight", rule, JSON.stringify(classWeight));
  }
}

/** The number of features that each node tries. Throws INVALID_PARAMETER_VALUE if it is more than `numFeatures`. */
export function featuresPerNode(maxFeatures: ResolvedOptions["maxFeatures"], numFeatures: number): number {
  if (maxFeatures === null) return numFeatures;
  if (maxFeatures === "sqrt") return Math.max(1, Math.floor(Math.sqrt(numFeatures)));
  if (maxFeatures === "log2") return Math.max(1, Math.floor(Math.log2(numFeatures)));
  if (maxFeatures <= 1) return Math.max(1, Math.floor(maxFeatures * numFeatures));
  if (maxFeatures <= numFeatures) return maxFeatures;
  throw invalid("maxFeatures", `at most the number of features, ${numFeatures}`, maxFeatures);
}

/** Converts a count, or a fraction of all rows, to a number of rows, rounded up as in scikit-learn. */
export function rowsOf(countOrFraction: number, numRows: number): number {
  return countOrFraction < 1 ? Math.ceil(countOrFraction * numRows) : countOrFraction;
}

/** The number of draws of each tree; 0 without bootstrap. */
export function drawsPerTree({ bootstrap, maxSamples }: ResolvedOptions, numRows: number): number {
  if (!bootstrap) return 0;
  if (maxSamples === null) return numRows;
  if (maxSamples <= 1) return Math.max(1, Math.round(maxSamples * numRows));
  if (maxSamples <= numRows) return maxSamples;
  throw invalid("maxSamples", `at most the number of rows, ${numRows}`, maxSamples);
}

function checkInteger(name: string, value: number, [min, max]: readonly [number, number]): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(name, `an integer ${min}..${max}`, value);
}

function checkCountOrFraction(name: string, value: number, min: number): void {
  const isFraction = typeof value === "number" && value > 0 && value < 1;
  if (isFraction || (Number.isInteger(value) && value >= min && value <= COUNT_MAX)) return;
  throw invalid(name, `an integer ${min}..${COUNT_MAX} or a fraction in (0, 1)`, value);
}

function checkMaxFeatures(value: ResolvedOptions["maxFeatures"]): void {
  if (value === null || value === "sqrt" || value === "log2") return;
  const isFraction = value > 0 && value <= 1;
  const isCount = Number.isInteger(value) && value >= 2;
  if (typeof value === "number" && (isFraction || isCount)) return;
  throw invalid("maxFeatures", 'a fraction in (0, 1], an integer from 2, "sqrt", "log2" or null', value);
}

function invalid(name: string, allowed: string, got: unknown): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${name} must be ${allowed}, got ${String(got)}`);
}
