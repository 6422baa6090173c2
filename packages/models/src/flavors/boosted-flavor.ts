import { throwIfAborted } from "@flightdeck/core";
import { type ImportedForest, readExactLightgbmModel, readXgboostModel } from "@flightdeck/forest";
import { type Column, Frame } from "@flightdeck/frame";
import { readFile } from "node:fs/promises";
import type { FlavorConfig, MlModel } from "../mlmodel/ml-model.ts";
import { dataFile, type FlavorFiles } from "../mlmodel/model-file.ts";
import type { Predictions } from "../signature/predictions.ts";
import type { ColumnSpec } from "../signature/signature.ts";
import { type FlavorInput, needsPython, type Predictor } from "./flavor.ts";

/**
 * Loads a model saved by XGBoost. Our own tree code scores it and gives the same answers as `mlflow.xgboost`. Throws
 * `NOT_IMPLEMENTED` for what only XGBoost can score: other boosters and objectives, categorical splits, `params`.
 */
export async function loadXgboostPredictor(files: FlavorFiles): Promise<Predictor> {
  const className = classOf(files.config, "xgboost.core.Booster");
  const isBooster = className === "Booster";
  if (!isBooster && !SCIKIT_LEARN_CLASSES.has(className))
    throw needsPython(`the class ${className} of XGBoost`);
  const bytes = await readFile(await dataFile(files, "xgboost"));
  const forest = readXgboostModel(bytes, { upToBestRound: !isBooster });
  const isClassifier = className.endsWith("Classifier");
  if (isClassifier && forest.classes === undefined) throw needsPython("an XGBClassifier with this objective");
  const givesLabels = isClassifier || forest.predictsLabels;
  return boostedPredictor({ forest, givesLabels, files });
}

const SCIKIT_LEARN_CLASSES: ReadonlySet<string> = new Set([
  "XGBClassifier",
  "XGBRegressor",
  "XGBRFClassifier",
  "XGBRFRegressor",
  "XGBRanker",
]);

/**
 * Loads a model that LightGBM saved as text. Our own tree code scores it and gives the same answers as
 * `mlflow.lightgbm`. Throws `NOT_IMPLEMENTED` for what only LightGBM can score, including models of its scikit-learn
 * classes, which MLflow pickles.
 */
export async function loadLightgbmPredictor(files: FlavorFiles): Promise<Predictor> {
  const className = classOf(files.config, "lightgbm.basic.Booster");
  if (className !== "Booster") throw needsPython(`a pickled ${className} of LightGBM`);
  const text = await readFile(await dataFile(files, "lightgbm"), "utf8");
  const exact = readExactLightgbmModel(text);
  return boostedPredictor({
    forest: exact.ranked,
    prepare: (frame) => exact.ranks(frame),
    givesLabels: false,
    files,
  });
}

type Boosted = {
  readonly forest: ImportedForest;
  /** Transforms the features before scoring. Without it, rows of 32-bit floats can be scored as they are. */
  readonly prepare?: ((features: Frame) => Frame) | undefined;
  /** Whether the library's `predict` returns classes rather than their probabilities. */
  readonly givesLabels: boolean;
  readonly files: FlavorFiles;
};

function boostedPredictor({ forest, prepare, givesLabels, files }: Boosted): Predictor {
  if (forest.hasCategories) throw needsPython("a model with splits by categories");
  if (files.mlModel.signature?.params !== undefined)
    throw needsPython("a model with parameters for its predictions");
  const inputs = inputsOf(forest, files.mlModel);
  const answer = (values: Float32Array): Predictions => predictionsOf(forest, givesLabels, values);
  const features = (frame: Frame): Frame =>
    Frame.fromColumns(
      inputs.map((spec, i) => featureColumn(frame.column(spec.name), spec, forest.featureNames[i])),
    );
  const scoreRows = (matrix: Float32Array): Predictions =>
    answer(
      forest.classes === undefined
        ? Float32Array.from(forest.predictRows(matrix), Number)
        : forest.predictProbaRows(matrix),
    );
  return {
    inputs,
    predict: async (frame, { signal }) => {
      throwIfAborted(signal);
      const prepared = prepare === undefined ? features(frame) : prepare(features(frame));
      return answer(
        forest.classes === undefined
          ? Float32Array.from(await forest.predict(prepared), Number)
          : await forest.predictProba(prepared),
      );
    },
    predictMatrix: prepare === undefined ? scoreRows : undefined,
    close: () => Promise.resolve(), // Everything is in memory.
  };
}

/** Renames a column to the feature's name. Rounds values for a `float` column to 32 bits, as pandas does. */
function featureColumn(column: Column, { type }: ColumnSpec, name = column.name): Column {
  if (type !== "float" || column.dtype !== "float64") return { ...column, name };
  return { ...column, name, dtype: "float32", values: Float32Array.from(column.values) };
}

/**
 * Maps columns to features by name, or by position if the model has no feature names. If the names disagree, the
 * library itself reports the error.
 */
function inputsOf(forest: ImportedForest, { signature }: MlModel): FlavorInput {
  const specs = signature?.inputs?.kind === "columns" ? signature.inputs.columns : undefined;
  if (specs?.some(({ type }) => !NUMBER_TYPES.has(type)))
    throw needsPython("a model with columns that are not numbers");
  const names = forest.hasFeatureNames ? forest.featureNames : specs?.map(({ name }, i) => name ?? String(i));
  if (names?.length !== forest.featureNames.length) throw needsPython("a model whose columns are unknown");
  return names.map((name) => {
    const spec = specs === undefined ? undefined : specs.find((each) => each.name === name);
    if (specs !== undefined && spec === undefined)
      throw needsPython(`a signature without the feature ${name}`);
    return { name, type: spec?.type ?? "double", required: spec?.required ?? true };
  });
}

const NUMBER_TYPES: ReadonlySet<ColumnSpec["type"]> = new Set([
  "boolean",
  "integer",
  "long",
  "float",
  "double",
]);

/**
 * Returns what the libraries return: the second class's probability for two classes, a row of probabilities for more.
 */
function predictionsOf(forest: ImportedForest, givesLabels: boolean, values: Float32Array): Predictions {
  const { classes } = forest;
  const width = classes?.length ?? forest.outputs.length;
  if (classes !== undefined && givesLabels) return { kind: "labels", values: labelsOf(values, width) };
  if (classes !== undefined && width === 2) {
    return { kind: "labels", values: Array.from(values).filter((_, i) => i % 2 === 1) };
  }
  if (width === 1) return { kind: "labels", values: Array.from(values) };
  const rows = Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );
  return { kind: "probabilities", classes: classes ?? rows[0]?.map((_, i) => i) ?? [], rows };
}

/** Classes are numbered. The first one wins a tie, as in NumPy's `argmax`. */
function labelsOf(values: Float32Array, width: number): number[] {
  return Array.from({ length: values.length / width }, (_, row) => {
    const scores = values.subarray(row * width, (row + 1) * width);
    return scores.indexOf(scores.reduce((a, b) => Math.max(a, b), -Infinity));
  });
}

/** The last part of `model_class`, e.g. `Booster`. */
function classOf({ model_class: name }: FlavorConfig, usual: string): string {
  return (typeof name === "string" ? name : usual).split(".").at(-1) ?? "";
}
