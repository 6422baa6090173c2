import { AppError } from "@flightdeck/core";
import type { Frame } from "@flightdeck/frame";
import { featureColumns } from "../features.ts";
import { fitForest, type FitOptions } from "../fit-forest.ts";
import type { ClassLabel, EstimatorName, FittedForest } from "../forest.ts";
import { type ClassifierOptions, type ResolvedOptions, resolveOptions } from "../options.ts";
import { loadForest } from "../persist/load-forest.ts";
import { saveForest } from "../persist/save-forest.ts";
import { predictForest, predictForestRows } from "../predict-forest.ts";

export type PredictOptions = {
  /** Stops a long prediction; the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
};

/** What both classifiers are: options, and once they are fitted a forest. */
class ForestClassifier {
  /** The options, with defaults filled in. */
  readonly options: ResolvedOptions;
  readonly #name: EstimatorName;
  #fitted: FittedForest | undefined;

  constructor(name: EstimatorName, options: ClassifierOptions, fitted?: FittedForest) {
    this.#name = name;
    this.options = resolveOptions(name, options);
    this.#fitted = fitted;
  }

  async fit(frame: Frame, labelName: string, options: FitOptions = {}): Promise<this> {
    const request = { estimator: this.#name, options: this.options, frame, targetNames: [labelName] };
    this.#fitted = await fitForest(request, options);
    return this;
  }

  async predictProba(frame: Frame, options: PredictOptions = {}): Promise<Float32Array> {
    const { forest, features } = this.#get();
    return predictForest(forest, featureColumns(frame, features), frame.numRows, options.signal);
  }

  async predict(frame: Frame, options: PredictOptions = {}): Promise<ClassLabel[]> {
    return mostProbableClasses(await this.predictProba(frame, options), this.classes);
  }

  predictRows(values: Float32Array): ClassLabel[] {
    const { forest } = this.#get();
    if (values.length % forest.numFeatures !== 0) {
      const message = `values must hold rows of ${forest.numFeatures} features, got ${values.length} values`;
      throw new AppError("INVALID_PARAMETER_VALUE", message);
    }
    return mostProbableClasses(predictForestRows(forest, values), this.classes);
  }

  async save(dir: string): Promise<void> {
    await saveForest(dir, this.#get());
  }

  get classes(): readonly ClassLabel[] {
    return this.#get().outputs[0]?.classes ?? [];
  }

  get featureNames(): readonly string[] {
    return this.#get().features.map(({ name }) => name);
  }

  get featureImportances(): Float64Array {
    return this.#get().featureImportances;
  }

  #get(): FittedForest {
    if (this.#fitted !== undefined) return this.#fitted;
    throw new AppError("INVALID_STATE", "the forest is not fitted yet: call fit, or load a saved one");
  }
}

export class RandomForestClassifier extends ForestClassifier {
  constructor(options: ClassifierOptions = {}, fitted?: FittedForest) {
    super("RandomForestClassifier", options, fitted);
  }

  static async load(dir: string): Promise<RandomForestClassifier> {
    const fitted = await loadForest(dir);
    return new RandomForestClassifier(fitted.options as ClassifierOptions, fitted);
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
