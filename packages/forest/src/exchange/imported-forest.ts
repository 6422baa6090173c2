import { AppError } from "@flightdeck/core";
import type { Frame } from "@flightdeck/frame";
import { featureColumns } from "../features.ts";
import type { ClassLabel, Feature, FittedForest, Output, WalkForest } from "../forest.ts";
import { predictForest, predictForestRows } from "../predict/predict-forest.ts";
import { mostProbable } from "../scores.ts";

/** The part of a forest needed to predict, and to export it for other programs. */
export type PortableForest = Pick<FittedForest, "forest" | "outputs" | "features">;

export type ImportedForestInput = {
  readonly forest: WalkForest;
  /** For a classifier, in the order of the leaf values. */
  readonly classes?: readonly ClassLabel[] | undefined;
  /** Default: `f0`, `f1`, …, as in XGBoost. */
  readonly featureNames?: readonly string[] | undefined;
  /**
   * Whether the other program's own `predict` returns the class instead of its probability, as for XGBoost's
   * `multi:softmax`.
   */
  readonly predictsLabels?: boolean | undefined;
};

/**
 * A forest trained by another program. It only predicts, with the same compiled code as our forests. Features are
 * compared as 32-bit floats; NaN is a missing value.
 *
 * @example
 * ```ts
 * const model = readXgboostModel(await readFile("model.ubj"));
 * await model.predict(frame); // columns by name
 * model.predictRows(Float32Array.of(5.1, 3.5, 1.4, 0.2)); // one value for each of model.featureNames
 * ```
 */
export class ImportedForest implements PortableForest {
  /** @internal */
  readonly forest: WalkForest;
  readonly outputs: readonly Output[];
  readonly features: readonly Feature[];
  /** Whether the file contains feature names; otherwise features are known only by position. */
  readonly hasFeatureNames: boolean;
  /**
   * Whether the other program's own `predict` returns the class instead of its probability, as for XGBoost's
   * `multi:softmax`.
   */
  readonly predictsLabels: boolean;

  /** @internal Created by the functions that read a file. */
  constructor({ forest, classes, featureNames, predictsLabels = false }: ImportedForestInput) {
    this.forest = forest;
    this.hasFeatureNames = featureNames !== undefined;
    this.predictsLabels = predictsLabels;
    this.features = Array.from({ length: forest.numFeatures }, (_, i) => ({
      name: featureNames?.[i] ?? `f${i}`,
    }));
    this.outputs =
      classes === undefined
        ? Array.from({ length: forest.leafSize }, (_, k) => ({ name: k === 0 ? "target" : `target${k}` }))
        : [{ name: "label", classes }];
  }

  /** The labels of a classifier; undefined for a regression. */
  get classes(): readonly ClassLabel[] | undefined {
    return this.outputs[0]?.classes;
  }

  /** The features' names, in the order of a row of `predictRows`. */
  get featureNames(): readonly string[] {
    return this.features.map(({ name }) => name);
  }

  /** Whether a split tests categories; rows then hold their codes. */
  get hasCategories(): boolean {
    return this.forest.categorySets.length > 0;
  }

  /**
   * Predicts the most probable class for each row, or the values: row-major, rows × outputs. Columns are taken by name.
   */
  async predict(frame: Frame): Promise<ClassLabel[] | Float32Array> {
    return this.#labelled(await this.#values(frame));
  }

  /** `predict` for a row-major matrix with one value for each of `featureNames`. Runs synchronously in this thread. */
  predictRows(values: Float32Array): ClassLabel[] | Float32Array {
    return this.#labelled(this.#valuesOfRows(values));
  }

  /**
   * Predicts the probability of each of `classes` for each row: rows × classes. Throws INVALID_STATE for a regression.
   */
  async predictProba(frame: Frame): Promise<Float32Array> {
    this.#checkClassifier();
    return this.#values(frame);
  }

  /** `predictProba` for a row-major matrix. */
  predictProbaRows(values: Float32Array): Float32Array {
    this.#checkClassifier();
    return this.#valuesOfRows(values);
  }

  #values(frame: Frame): Promise<Float32Array> {
    const columns = featureColumns(frame, this.features);
    return predictForest(this.forest, { columns, numRows: frame.numRows });
  }

  #valuesOfRows(values: Float32Array): Float32Array {
    return predictForestRows(this.forest, values);
  }

  #labelled(values: Float32Array): ClassLabel[] | Float32Array {
    const { classes } = this;
    if (classes === undefined) return values;
    return Array.from({ length: values.length / classes.length }, (_, row) => {
      return classes[mostProbable(values, row * classes.length, classes.length)] ?? false;
    });
  }

  #checkClassifier(): void {
    if (this.classes === undefined)
      throw new AppError("INVALID_STATE", "a regression has no probabilities: call predict");
  }
}
