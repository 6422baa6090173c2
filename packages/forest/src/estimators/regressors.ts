import { cellAt, type Frame } from "@flightdeck/frame";
import type { FitOptions } from "../fit-forest.ts";
import type { FittedForest, Output } from "../forest.ts";
import type { DecisionPath } from "../inspect-forest.ts";
import type { EstimatorName, RegressorOptions, ResolvedOptions } from "../options.ts";
import { saveForest } from "../persist/forest-files.ts";
import { r2Of } from "../scores.ts";
import { ForestModel, type PredictOptions } from "./forest-model.ts";

/** The common part of both regressors. */
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
   * Fits the forest to the frame. `targets` names the target column, or several columns for as many outputs (finite
   * numbers); every other column is a feature (numbers, booleans, categories). A previous fit is replaced, or continued
   * with `warmStart`; if this fit fails, it is kept.
   */
  async fit(frame: Frame, targets: string | readonly string[], options: FitOptions = {}): Promise<this> {
    await this.model.fit(frame, targets, options);
    return this;
  }

  /**
   * Predicts the value of each output for each row: row-major, rows × outputs. Features are taken from the frame by
   * name.
   */
  predict(frame: Frame, options: PredictOptions = {}): Promise<Float32Array> {
    return this.model.leafMeans(frame, options);
  }

  /** `predict` for a row-major matrix with one value for each of `featureNames`. Runs synchronously in this thread. */
  predictRows(values: Float32Array): Float32Array {
    return this.model.leafMeansOfRows(values);
  }

  /** R² on a frame with the target columns of the fit, averaged over the outputs. */
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

  /** The target columns. */
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

  /** R² when each row is predicted by the trees that did not draw it; undefined without the option `oobScore`. */
  get oobScore(): number | undefined {
    return this.model.fitted.oobScore;
  }

  /** The result of the fit: nodes, leaves, features, outputs. */
  get fitted(): FittedForest {
    return this.model.fitted;
  }
}

/**
 * A random forest for numbers (Breiman 2001), with scikit-learn's options in camelCase: squared error or Poisson
 * deviance, all features at each node unless `maxFeatures` is set. Bins, threads and missing values work as in the
 * classifier.
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

  /**
   * Loads a forest from a folder written by `save`. Throws RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE if it is
   * damaged.
   */
  static async load(dir: string): Promise<RandomForestRegressor> {
    const forest = new RandomForestRegressor();
    await forest.model.load(dir);
    return forest;
  }
}

/**
 * Extremely randomized trees for numbers (Geurts, Ernst and Wehenkel 2006): one random threshold per feature and node.
 */
export class ExtraTreesRegressor extends ForestRegressor {
  /** Throws INVALID_PARAMETER_VALUE for an option that is unknown or out of range. */
  constructor(options: RegressorOptions = {}) {
    super("ExtraTreesRegressor", options);
  }

  /**
   * Loads a forest from a folder written by `save`. Throws RESOURCE_DOES_NOT_EXIST, or INVALID_PARAMETER_VALUE if it is
   * damaged.
   */
  static async load(dir: string): Promise<ExtraTreesRegressor> {
    const forest = new ExtraTreesRegressor();
    await forest.model.load(dir);
    return forest;
  }
}
