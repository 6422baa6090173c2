import { AppError } from "@flightdeck/core";
import { cellAt, type Frame } from "@flightdeck/frame";
import type { FitOptions } from "../fit-forest.ts";
import type { ClassLabel, FittedForest, Output } from "../forest.ts";
import type { DecisionPath } from "../inspect-forest.ts";
import type { EstimatorName, ClassifierOptions, ResolvedOptions } from "../options.ts";
import { saveForest } from "../persist/forest-files.ts";
import { accuracyOf, mostProbable } from "../scores.ts";
import { ForestModel, type PredictOptions } from "./forest-model.ts";

/** The common part of both classifiers. */
class ForestClassifier {
  protected readonly model: ForestModel;

  protected constructor(estimator: EstimatorName, options: ClassifierOptions) {
    this.model = new ForestModel(estimator, options);
  }

  /** The options, with defaults filled in. */
  get options(): ResolvedOptions {
    return this.model.options;
  }

  /** Changes some options for the next fit, such as `nEstimators` before another one with `warmStart`. */
  setOptions(options: ClassifierOptions): this {
    this.model.setOptions(options);
    return this;
  }

  /**
   * Fits the forest to the frame. `labels` names the label column, or several columns for as many outputs (integers,
   * booleans or text; 2..256 classes); every other column is a feature (numbers, booleans, categories). A previous fit
   * is replaced, or continued with `warmStart`; if this fit fails, it is kept.
   */
  async fit(frame: Frame, labels: string | readonly string[], options: FitOptions = {}): Promise<this> {
    await this.model.fit(frame, labels, options);
    return this;
  }

  /**
   * Predicts the probability of each class for each row: row-major, rows × classes, in the order of `classes`; several
   * outputs follow one after the other. Features are taken from the frame by name; other columns are ignored.
   */
  predictProba(frame: Frame, options: PredictOptions = {}): Promise<Float32Array> {
    return this.model.leafMeans(frame, options);
  }

  /**
   * Predicts the most probable class for each row; of ties, the first in `classes`. Requires a forest with one output.
   */
  async predict(frame: Frame, options: PredictOptions = {}): Promise<ClassLabel[]> {
    this.#single();
    return mostProbableClasses(await this.predictProba(frame, options), this.outputs)[0] ?? [];
  }

  /** Predicts the most probable class for each row, per output. */
  async predictOutputs(frame: Frame, options: PredictOptions = {}): Promise<ClassLabel[][]> {
    return mostProbableClasses(await this.predictProba(frame, options), this.outputs);
  }

  /**
   * `predict` for a row-major matrix with one value for each of `featureNames`. NaN is a missing value; a category is
   * given as its index in the feature's `categories`. Runs synchronously in this thread, a few microseconds per row:
   * meant for server requests with few rows.
   */
  predictRows(values: Float32Array): ClassLabel[] {
    this.#single();
    return mostProbableClasses(this.model.leafMeansOfRows(values), this.outputs)[0] ?? [];
  }

  /** The accuracy on a frame with the label column of the fit. */
  async score(frame: Frame, options: PredictOptions = {}): Promise<number> {
    const label = frame.column(this.#single().name);
    const truth = Array.from({ length: frame.numRows }, (_, row) => cellAt(label, row));
    return accuracyOf(truth, await this.predict(frame, options));
  }

  /** Writes the fitted forest to a folder, which is created if necessary. */
  async save(dir: string): Promise<void> {
    await saveForest(dir, this.model.fitted);
  }

  /** The leaf that each row reaches in each tree, as a node number within the tree; row-major, rows × trees. */
  apply(frame: Frame): Int32Array {
    return this.model.apply(frame);
  }

  /** The nodes that each row passes through, in all trees. */
  decisionPath(frame: Frame): DecisionPath {
    return this.model.decisionPath(frame);
  }

  /** The distinct labels of the first output, ascending. */
  get classes(): readonly ClassLabel[] {
    return this.outputs[0]?.classes ?? [];
  }

  /** The label columns with their classes. */
  get outputs(): readonly Output[] {
    return this.model.fitted.outputs;
  }

  /** The names of the features, in the order of `featureImportances`. */
  get featureNames(): readonly string[] {
    return this.model.fitted.features.map(({ name }) => name);
  }

  /**
   * Each feature's share of the decrease of impurity, as in scikit-learn. They sum to 1, or are all 0 without any
   * split.
   */
  get featureImportances(): Float64Array {
    return this.model.fitted.featureImportances;
  }

  /**
   * The accuracy when each row is predicted by the trees that did not draw it; undefined without the option `oobScore`.
   */
  get oobScore(): number | undefined {
    return this.model.fitted.oobScore;
  }

  /** The result of the fit: nodes, leaves, features, outputs. */
  get fitted(): FittedForest {
    return this.model.fitted;
  }

  #single(): Output {
    const [output, another] = this.outputs;
    if (output !== undefined && another === undefined) return output;
    throw new AppError("INVALID_STATE", "the forest has several outputs: call predictOutputs");
  }
}

/**
 * A random forest for two or more classes (Breiman 2001), with scikit-learn's options in camelCase. Features are sorted
 * into at most 255 bins before trees are grown; trees are grown on worker threads. The same seed, options and data give
 * the same forest for any number of threads.
 *
 * Missing values (NaN or null) of a feature have a separate bin, and each split learns the better side for them. If a
 * feature had no missing values in a node, they go to the heavier side at prediction, as in scikit-learn.
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
export class RandomForestClassifier extends ForestClassifier {
  /** Throws INVALID_PARAMETER_VALUE for an option that is unknown or out of range. */
  constructor(options: ClassifierOptions = {}) {
    super("RandomForestClassifier", options);
  }

  /**
   * Loads a forest from a folder written by `save`. Throws RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE if it is
   * damaged.
   */
  static async load(dir: string): Promise<RandomForestClassifier> {
    const forest = new RandomForestClassifier();
    await forest.model.load(dir);
    return forest;
  }
}

/**
 * Extremely randomized trees for two or more classes (Geurts, Ernst and Wehenkel 2006): like a random forest, but a
 * node tries one random threshold for each feature that it draws, and trees use all rows unless `bootstrap` is set.
 */
export class ExtraTreesClassifier extends ForestClassifier {
  /** Throws INVALID_PARAMETER_VALUE for an option that is unknown or out of range. */
  constructor(options: ClassifierOptions = {}) {
    super("ExtraTreesClassifier", options);
  }

  /**
   * Loads a forest from a folder written by `save`. Throws RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE if it is
   * damaged.
   */
  static async load(dir: string): Promise<ExtraTreesClassifier> {
    const forest = new ExtraTreesClassifier();
    await forest.model.load(dir);
    return forest;
  }
}

function mostProbableClasses(probabilities: Float32Array, outputs: readonly Output[]): ClassLabel[][] {
  const leafSize = outputs.reduce((sum, { classes = [] }) => sum + classes.length, 0);
  const numRows = probabilities.length / leafSize;
  let first = 0;
  return outputs.map(({ classes = [] }) => {
    const start = first;
    first += classes.length;
    return Array.from({ length: numRows }, (_, row) => {
      return classes[mostProbable(probabilities, row * leafSize + start, classes.length)] ?? false;
    });
  });
}
