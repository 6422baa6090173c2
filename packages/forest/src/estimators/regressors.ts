import { cellAt, type Frame } from "@flightdeck/frame";
import type { FitOptions } from "../fit-forest.ts";
import type { EstimatorName, FittedForest, Output } from "../forest.ts";
import type { DecisionPath } from "../inspect-forest.ts";
import type { RegressorOptions, ResolvedOptions } from "../options.ts";
import { saveForest } from "../persist/save-forest.ts";
import { r2Of } from "../scores.ts";
import { ForestModel, type PredictOptions } from "./forest-model.ts";

/** What both regressors do. */
class ForestRegressor {
  protected readonly model: ForestModel;

  protected constructor(estimator: EstimatorName, options: RegressorOptions) {
    this.model = new ForestModel(estimator, options);
  }

  /** The options, with defaults filled in. */
  get options(): ResolvedOptions {
    return this.model.options;
  }

  /** Changes some options for the next fit, such as `nEstimators` before another one with `warmStart`. */
  setOptions(options: RegressorOptions): this {
    this.model.setOptions(options);
    return this;
  }

  /**
   * Fits the forest to the frame: `targets` names the target column, or several for as many outputs (finite numbers), every
   * other column is a feature (numbers, booleans, categories). A former fit is replaced, or continued with `warmStart`,
   * unless this one fails.
   */
  async fit(frame: Frame, targets: string | readonly string[], options: FitOptions = {}): Promise<this> {
    await this.model.fit(frame, targets, options);
    return this;
  }

  /** Each row's value of each output: rows × outputs, row after row. Features are taken from the frame by name. */
  predict(frame: Frame, options: PredictOptions = {}): Promise<Float32Array> {
    return this.model.leafMeans(frame, options);
  }

  /** `predict` for a row-major matrix with one value for each of `featureNames`, at once and in this thread. */
  predictRows(values: Float32Array): Float32Array {
    return this.model.leafMeansOfRows(values);
  }

  /** R² on a frame with the target columns of the fit, the mean over the outputs. */
  async score(frame: Frame, options: PredictOptions = {}): Promise<number> {
    const values = await this.predict(frame, options);
    const scores = this.outputs.map(({ name }, output) => {
      const column = frame.column(name);
      const truth = Array.from({ length: frame.numRows }, (_, row) => Number(cellAt(column, row)));
      return r2Of(
        truth,
        values.filter((_, i) => i % this.outputs.length === output),
      );
    });
    return scores.reduce((sum, score) => sum + score, 0) / scores.length;
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

  /** The target columns. */
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

  /** R² by the trees that did not draw a row; undefined without the option `oobScore`. */
  get oobScore(): number | undefined {
    return this.model.fitted.oobScore;
  }

  /** Everything that the fit left: nodes, leaves, features, outputs. */
  get fitted(): FittedForest {
    return this.model.fitted;
  }
}

/**
 * A random forest for numbers (Breiman 2001), with scikit-learn's options in camelCase: squared error or Poisson deviance,
 * all features at each node unless `maxFeatures` is told. Bins, threads and missing values are the classifier's.
 *
 * @example
 * ```ts
 * const model = new RandomForestRegressor({ nEstimators: 100, minSamplesLeaf: 3, seed: 1 });
 * await model.fit(train, "ArrDelay");
 * const minutes = await model.predict(test); // Float32Array, one a row
 * ```
 */
export class RandomForestRegressor extends ForestRegressor {
  /** Throws INVALID_PARAMETER_VALUE for an option that is unknown or out of range. */
  constructor(options: RegressorOptions = {}) {
    super("RandomForestRegressor", options);
  }

  /** Reads a folder that `save` wrote. Throws RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE for a damaged one. */
  static async load(dir: string): Promise<RandomForestRegressor> {
    const forest = new RandomForestRegressor();
    await forest.model.load(dir);
    return forest;
  }
}

/** Extremely randomized trees for numbers (Geurts, Ernst and Wehenkel 2006): one random threshold a feature and node. */
export class ExtraTreesRegressor extends ForestRegressor {
  /** Throws INVALID_PARAMETER_VALUE for an option that is unknown or out of range. */
  constructor(options: RegressorOptions = {}) {
    super("ExtraTreesRegressor", options);
  }

  /** Reads a folder that `save` wrote. Throws RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE for a damaged one. */
  static async load(dir: string): Promise<ExtraTreesRegressor> {
    const forest = new ExtraTreesRegressor();
    await forest.model.load(dir);
    return forest;
  }
}
