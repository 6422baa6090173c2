import { AppError } from "@flightdeck/core";
import type { Frame } from "@flightdeck/frame";
import { featureColumns } from "./feature-columns.ts";
import { fitForest, type FitOptions } from "./fit/fit-forest.ts";
import type { ClassLabel, FittedForest } from "./forest.ts";
import { type RandomForestOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { loadForest } from "./persist/load-forest.ts";
import { saveForest } from "./persist/save-forest.ts";
import { predictForest, predictForestRows } from "./predict-forest.ts";

export type PredictOptions = {
  /** Stops a long prediction; the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * A random forest for two or more classes (Breiman 2001), with scikit-learn's options in camelCase. Features are sorted
 * into at most 255 bins before trees are grown; trees are grown on worker threads. The same seed, options and data give
 * the same forest whatever the number of threads.
 *
 * Missing values (NaN or null) of a feature have a bin of their own: each split learns the side on which they fit better.
 * A feature without missing values in a node sends later ones to the heavier side, as in scikit-learn.
 *
 * @example
 * ```ts
 * const model = new RandomForestClassifier({ nEstimators: 100, maxDepth: 12, maxFeatures: 0.5, seed: 1 });
 * await model.fit(train, "ArrDelayBinary"); // every other column is a feature
 * const probabilities = await model.predictProba(test); // Float32Array, row-major, rows × classes
 * const labels = await model.predict(test);
 * await model.save("model");
 * const again = await RandomForestClassifier.load("model");
 * ```
 */
export class RandomForestClassifier {
  /** The options, with defaults filled in. */
  readonly options: ResolvedOptions;
  private fitted: FittedForest | undefined;

  /** Throws INVALID_PARAMETER_VALUE for an option that is unknown or out of range. */
  constructor(options: RandomForestOptions = {}) {
    this.options = resolveOptions(options);
  }

  /** Reads a folder that `save` wrote. Throws RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE for a damaged one. */
  static async load(dir: string): Promise<RandomForestClassifier> {
    const fitted = await loadForest(dir);
    const model = new RandomForestClassifier(fitted.options);
    model.fitted = fitted;
    return model;
  }

  /**
   * Fits the forest to the frame: `labelName` is the label (integers, booleans or text; 2..256 classes), every other
   * column a feature (numbers or booleans). A former fit is replaced, unless this one fails.
   */
  async fit(frame: Frame, labelName: string, options: FitOptions = {}): Promise<this> {
    this.fitted = await fitForest({ ...options, frame, labelName, options: this.options });
    return this;
  }

  /**
   * Each row's probability of each class: rows × classes, row after row, classes as in `classes`. Features are taken from
   * the frame by name; other columns are ignored.
   */
  async predictProba(frame: Frame, options: PredictOptions = {}): Promise<Float32Array> {
    const { forest } = this.get();
    return predictForest(forest, featureColumns(frame, this.featureNames), frame.numRows, options.signal);
  }

  /** Each row's most probable class; of equal ones the first in `classes`. */
  async predict(frame: Frame, options: PredictOptions = {}): Promise<ClassLabel[]> {
    return mostProbableClasses(await this.predictProba(frame, options), this.classes);
  }

  /**
   * `predict` for a row-major matrix with one value for each of `featureNames`; NaN is a missing value. It answers at
   * once and in this thread: meant for a server's requests of a few rows, some microseconds each.
   */
  predictRows(values: Float32Array): ClassLabel[] {
    const { forest } = this.get();
    if (values.length % forest.numFeatures !== 0) {
      const message = `values must hold rows of ${forest.numFeatures} features, got ${values.length} values`;
      throw new AppError("INVALID_PARAMETER_VALUE", message);
    }
    return mostProbableClasses(predictForestRows(forest, values), this.classes);
  }

  /** Writes the fitted forest to a folder, which is made when it is not there. */
  async save(dir: string): Promise<void> {
    await saveForest(dir, this.get());
  }

  /** The distinct labels, ascending. */
  get classes(): readonly ClassLabel[] {
    return this.get().outputs[0]?.classes ?? [];
  }

  /** The names of the features, in the order of `featureImportances`. */
  get featureNames(): readonly string[] {
    return this.get().features.map(({ name }) => name);
  }

  /** Each feature's share in the decrease of Gini impurity, as scikit-learn's; they sum to 1, or are 0 without a split. */
  get featureImportances(): Float64Array {
    return this.get().featureImportances;
  }

  private get(): FittedForest {
    if (this.fitted !== undefined) return this.fitted;
    throw new AppError("INVALID_STATE", "the forest is not fitted yet: call fit, or load a saved one");
  }
}

function mostProbableClasses(probabilities: Float32Array, classes: readonly ClassLabel[]): ClassLabel[] {
  const numRows = probabilities.length / classes.length;
  return Array.from({ length: numRows }, (_, row) => mostProbable(probabilities, row, classes));
}

function mostProbable(probabilities: Float32Array, row: number, classes: readonly ClassLabel[]): ClassLabel {
  const at = row * classes.length;
  let best = 0;
  for (let k = 1; k < classes.length; k++) {
    if ((probabilities[at + k] ?? 0) > (probabilities[at + best] ?? 0)) best = k;
  }
  return classes[best] ?? false;
}
