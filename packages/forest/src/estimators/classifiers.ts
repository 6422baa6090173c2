import { AppError } from "@flightdeck/core";
import { cellAt, type Frame } from "@flightdeck/frame";
import type { FitOptions } from "../fit-forest.ts";
import type { ClassLabel, EstimatorName, FittedForest, Output } from "../forest.ts";
import type { DecisionPath } from "../inspect-forest.ts";
import type { ClassifierOptions, ResolvedOptions } from "../options.ts";
import { saveForest } from "../persist/save-forest.ts";
import { accuracyOf, mostProbable } from "../scores.ts";
import { ForestModel, type PredictOptions } from "./forest-model.ts";

/** What both classifiers do. */
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
   * Fits the forest to the frame: `labels` names the label column, or several for as many outputs (integers, booleans or
   * text; 2..256 classes), every other column is a feature (numbers, booleans, categories). A former fit is replaced, or
   * continued with `warmStart`, unless this one fails.
   */
  async fit(frame: Frame, labels: string | readonly string[], options: FitOptions = {}): Promise<this> {
    await this.model.fit(frame, labels, options);
    return this;
  }

  /**
   * Each row's probability of each class: rows × classes, row after row, classes as in `classes`, of several outputs one
   * after the other. Features are taken from the frame by name; other columns are ignored.
   */
  predictProba(frame: Frame, options: PredictOptions = {}): Promise<Float32Array> {
    return this.model.leafMeans(frame, options);
  }

  /** Each row's most probable class; of equal ones the first in `classes`. Needs a forest of one output. */
  async predict(frame: Frame, options: PredictOptions = {}): Promise<ClassLabel[]> {
    this.#single();
    return mostProbableClasses(await this.predictProba(frame, options), this.outputs)[0] ?? [];
  }

  /** For each output each row's most probable class. */
  async predictOutputs(frame: Frame, options: PredictOptions = {}): Promise<ClassLabel[][]> {
    return mostProbableClasses(await this.predictProba(frame, options), this.outputs);
  }

  /**
   * `predict` for a row-major matrix with one value for each of `featureNames`; NaN is a missing value, a category its
   * place in its feature's `categories`. It answers at once and in this thread: meant for a server's requests of a few
   * rows, some microseconds each.
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

  /** Writes the fitted forest to a folder, which is made when it is not there. */
  async save(dir: string): Promise<void> {
    await saveForest(dir, this.model.fitted);
  }

  /** For each row and tree, row after row, the number of the leaf among its tree's nodes. */
  apply(frame: Frame): Int32Array {
    return this.model.apply(frame);
  }

  /** The nodes that each row passes, in all trees. */
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

  /** Each feature's share in the decrease of impurity, as scikit-learn's; they sum to 1, or are 0 without a split. */
  get featureImportances(): Float64Array {
    return this.model.fitted.featureImportances;
  }

  /** The accuracy by the trees that did not draw a row; undefined without the option `oobScore`. */
  get oobScore(): number | undefined {
    return this.model.fitted.oobScore;
  }

  /** Everything that the fit left: nodes, leaves, features, outputs. */
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
export class RandomForestClassifier extends ForestClassifier {
  /** Throws INVALID_PARAMETER_VALUE for an option that is unknown or out of range. */
  constructor(options: ClassifierOptions = {}) {
    super("RandomForestClassifier", options);
  }

  /** Reads a folder that `save` wrote. Throws RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE for a damaged one. */
  static async load(dir: string): Promise<RandomForestClassifier> {
    const forest = new RandomForestClassifier();
    await forest.model.load(dir);
    return forest;
  }
}

/**
 * Extremely randomized trees for two or more classes (Geurts, Ernst and Wehenkel 2006): as a random forest, but every
 * feature that a node draws gets one random threshold, and trees see all rows unless `bootstrap` is told.
 */
export class ExtraTreesClassifier extends ForestClassifier {
  /** Throws INVALID_PARAMETER_VALUE for an option that is unknown or out of range. */
  constructor(options: ClassifierOptions = {}) {
    super("ExtraTreesClassifier", options);
  }

  /** Reads a folder that `save` wrote. Throws RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE for a damaged one. */
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
