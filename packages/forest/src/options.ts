import { availableParallelism } from "node:os";
import { AppError } from "@flightdeck/core";

/** scikit-learn's options of RandomForestClassifier, in camelCase, with its defaults where none is told. */
export type RandomForestOptions = {
  /** The number of trees, 1..100000. Default 100. */
  readonly nEstimators?: number;
  /** The most splits between root and leaf, 1..1000; default null: trees grow until the other limits stop them. */
  readonly maxDepth?: number | null;
  /**
   * How many features each node chooses from: a fraction in (0, 1] of all, a whole number of at least 2, "sqrt" (the
   * default), "log2", or null for all. Fractions are rounded down, to one at least. 1 is the fraction.
   * Constant features count in "all", as in scikit-learn, but are never among those that a node chooses from.
   */
  readonly maxFeatures?: number | "sqrt" | "log2" | null;
  /** The least weight that a node must have to be split, at least 2 (the default). Rows drawn twice count twice. */
  readonly minSamplesSplit?: number;
  /** The least weight of a leaf, at least 1 (the default). Rows drawn twice count twice. */
  readonly minSamplesLeaf?: number;
  /** Whether each tree draws its own rows, with replacement; else all trees see all rows. Default true. */
  readonly bootstrap?: boolean;
  /** The same seed, options and data give the same forest, whatever the number of threads. Default 0. */
  readonly seed?: number;
  /** Worker threads, 1..256. Default: one a core. */
  readonly nThreads?: number;
  /** The most bins a feature's values are sorted into, 2..255 (the default). */
  readonly maxBins?: number;
};

/** The options with every default filled in. */
export type ResolvedOptions = Required<RandomForestOptions>;

const TREE_COUNT_MAX = 100_000;
const DEPTH_MAX = 1000;
const THREAD_COUNT_MAX = 256;
const SEED_MAX = 2 ** 32 - 1;

/** Fills in the defaults. Throws INVALID_PARAMETER_VALUE naming the option, what it was and what is allowed. */
export function resolveOptions(options: RandomForestOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    nEstimators: options.nEstimators ?? 100,
    maxDepth: options.maxDepth ?? null,
    maxFeatures: options.maxFeatures === undefined ? "sqrt" : options.maxFeatures,
    minSamplesSplit: options.minSamplesSplit ?? 2,
    minSamplesLeaf: options.minSamplesLeaf ?? 1,
    bootstrap: options.bootstrap ?? true,
    seed: options.seed ?? 0,
    nThreads: options.nThreads ?? Math.min(availableParallelism(), THREAD_COUNT_MAX),
    maxBins: options.maxBins ?? 255,
  };
  checkNames(options, resolved);
  checkInteger("nEstimators", resolved.nEstimators, 1, TREE_COUNT_MAX);
  if (resolved.maxDepth !== null) checkInteger("maxDepth", resolved.maxDepth, 1, DEPTH_MAX);
  checkInteger("minSamplesSplit", resolved.minSamplesSplit, 2, 2 ** 31 - 1);
  checkInteger("minSamplesLeaf", resolved.minSamplesLeaf, 1, 2 ** 31 - 1);
  checkInteger("seed", resolved.seed, 0, SEED_MAX);
  checkInteger("nThreads", resolved.nThreads, 1, THREAD_COUNT_MAX);
  checkInteger("maxBins", resolved.maxBins, 2, 255);
  checkMaxFeatures(resolved.maxFeatures);
  if (typeof resolved.bootstrap !== "boolean")
    throw invalid("bootstrap", "true or false", resolved.bootstrap);
  return resolved;
}

/** How many of `numFeatures` each node tries. Throws INVALID_PARAMETER_VALUE when more are asked for than there are. */
export function featuresPerNode(maxFeatures: ResolvedOptions["maxFeatures"], numFeatures: number): number {
  if (maxFeatures === null) return numFeatures;
  if (maxFeatures === "sqrt") return Math.max(1, Math.floor(Math.sqrt(numFeatures)));
  if (maxFeatures === "log2") return Math.max(1, Math.floor(Math.log2(numFeatures)));
  if (maxFeatures <= 1) return Math.max(1, Math.floor(maxFeatures * numFeatures));
  if (maxFeatures <= numFeatures) return maxFeatures;
  throw invalid("maxFeatures", `at most the number of features, ${numFeatures}`, maxFeatures);
}

function checkNames(options: RandomForestOptions, resolved: ResolvedOptions): void {
  const unknown = Object.keys(options).find((name) => !(name in resolved));
  if (unknown === undefined) return;
  const allowed = Object.keys(resolved).join(", ");
  throw new AppError("INVALID_PARAMETER_VALUE", `unknown option ${unknown}; the options are ${allowed}`);
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(name, `an integer ${min}..${max}`, value);
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
