import { AppError } from "@flightdeck/core";
import type { Frame } from "@flightdeck/frame";
import { featureColumns } from "../features.ts";
import { fitForest, type FitOptions } from "../fit-forest.ts";
import type { FittedForest } from "../forest.ts";
import { type DecisionPath, decisionPath, leavesReached } from "../inspect-forest.ts";
import { type EstimatorName, type ResolvedOptions, resolveOptions } from "../options.ts";
import { loadForest } from "../persist/forest-files.ts";
import { predictForest, predictForestRows } from "../predict/predict-forest.ts";

/** Options of a `predict` call. */
export type PredictOptions = {
  /** Stops a long prediction; the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
};

/** The core of every estimator: its options and, once fitted, a forest. */
export class ForestModel {
  readonly #estimator: EstimatorName;
  #options: ResolvedOptions;
  #fitted: FittedForest | undefined;

  constructor(estimator: EstimatorName, options: object) {
    this.#estimator = estimator;
    this.#options = resolveOptions(estimator, options);
  }

  get options(): ResolvedOptions {
    return this.#options;
  }

  setOptions(options: object): void {
    this.#options = resolveOptions(this.#estimator, { ...this.#options, ...options });
  }

  /** Loads the forest in a folder, which must be of this kind. */
  async load(dir: string): Promise<void> {
    const fitted = await loadForest(dir);
    if (fitted.estimator !== this.#estimator) {
      const message = `${dir} must hold a ${this.#estimator}, got a ${fitted.estimator}`;
      throw new AppError("INVALID_PARAMETER_VALUE", message);
    }
    this.#fitted = fitted;
    this.#options = fitted.options;
  }

  /** A previous fit is replaced, or continued with `warmStart`; if this fit fails, it is kept. */
  async fit(frame: Frame, targets: string | readonly string[], options: FitOptions): Promise<void> {
    const targetNames = typeof targets === "string" ? [targets] : targets;
    if (targetNames.length === 0)
      throw new AppError("INVALID_PARAMETER_VALUE", "fit must have a target, got none");
    const former = this.#options.warmStart ? this.#fitted : undefined;
    const request = { estimator: this.#estimator, options: this.#options, frame, targetNames, former };
    this.#fitted = await fitForest(request, options);
  }

  get fitted(): FittedForest {
    if (this.#fitted !== undefined) return this.#fitted;
    throw new AppError("INVALID_STATE", "the forest is not fitted yet: call fit, or load a saved one");
  }

  /** The leaf values of each row, averaged over the trees: rows × values. */
  async leafMeans(frame: Frame, { signal }: PredictOptions): Promise<Float32Array> {
    const { forest, features } = this.fitted;
    const columns = featureColumns(frame, features);
    const { nThreads } = this.#options;
    return predictForest(forest, { columns, numRows: frame.numRows, signal, nThreads });
  }

  /** The same for a row-major matrix. */
  leafMeansOfRows(values: Float32Array): Float32Array {
    return predictForestRows(this.fitted.forest, values);
  }

  apply(frame: Frame): Int32Array {
    const { forest, features } = this.fitted;
    return leavesReached(forest, featureColumns(frame, features), frame.numRows);
  }

  decisionPath(frame: Frame): DecisionPath {
    const { forest, features } = this.fitted;
    return decisionPath(forest, featureColumns(frame, features), frame.numRows);
  }
}
