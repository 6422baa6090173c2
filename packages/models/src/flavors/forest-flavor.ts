import { join } from "node:path";
import { AppError, assert } from "@flightdeck/core";
import {
  ExtraTreesClassifier,
  ExtraTreesRegressor,
  RandomForestClassifier,
  RandomForestRegressor,
} from "@flightdeck/forest";
import type { Frame } from "@flightdeck/frame";
import { z } from "zod";
import type { FlavorConfig } from "../mlmodel/ml-model.ts";
import type { PredictOptions } from "../model.ts";
import type { Predictions } from "../signature/predictions.ts";
import type { FlavorInput, FlavorWriter, Predictor } from "./flavor.ts";
import { savePythonForest } from "./python-forest.ts";

const FLAVOR_NAME = "flightdeck_forest";

/** Holds the forest's files, next to the MLmodel file. */
const FOREST_FOLDER = "forest";

const ESTIMATORS = {
  RandomForestClassifier,
  RandomForestRegressor,
  ExtraTreesClassifier,
  ExtraTreesRegressor,
} as const;

type Forest = InstanceType<(typeof ESTIMATORS)[keyof typeof ESTIMATORS]>;

const configSchema = z.object({
  model_type: z.enum([
    "RandomForestClassifier",
    "RandomForestRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
  ]),
  data: z.literal(FOREST_FOLDER),
});

/** Saves Flightdeck's own random forests. */
export const forestWriter: FlavorWriter = {
  name: FLAVOR_NAME,

  canSave: isForest,

  inputs: (model) => forestInputs(asForest(model)),

  async save(model, dir): ReturnType<FlavorWriter["save"]> {
    const forest = asForest(model);
    await forest.save(join(dir, FOREST_FOLDER));
    return {
      [FLAVOR_NAME]: { data: FOREST_FOLDER, model_type: forest.fitted.estimator },
      ...(await savePythonForest(forest.fitted, dir)),
    };
  },
};

/**
 * Loads a forest saved by `forestWriter`. Throws `INVALID_PARAMETER_VALUE` if its entry in the MLmodel file is invalid.
 */
export async function loadForestPredictor(dir: string, config: FlavorConfig): Promise<Predictor> {
  const parsed = configSchema.safeParse(config);
  if (!parsed.success) throw badConfig(parsed.error.issues[0]);
  const forest = await ESTIMATORS[parsed.data.model_type].load(join(dir, FOREST_FOLDER));
  const predictor: Predictor = {
    inputs: forestInputs(forest),
    predict: (frame, options) => predict(forest, frame, options),
    close: () => Promise.resolve(), // Everything is in memory.
  };
  // A matrix holds only numbers, so it cannot represent categories.
  if (forest.fitted.features.some(({ categories }) => categories !== undefined)) return predictor;
  const predictMatrix = (matrix: Float32Array): Predictions => ({
    kind: "labels",
    values: Array.from(forest.predictRows(matrix)),
  });
  return { ...predictor, predictMatrix };
}

/** MLflow's scikit-learn models choose the method with this parameter: `predict` or `predict_proba`. */
const METHOD_PARAM = "predict_method";

async function predict(forest: Forest, frame: Frame, options: PredictOptions): Promise<Predictions> {
  const { params = {}, signal } = options;
  const method = params[METHOD_PARAM] ?? "predict";
  if (method === "predict") {
    return { kind: "labels", values: Array.from(await forest.predict(frame, { signal })) };
  }
  if (method !== "predict_proba" || !("predictProba" in forest)) {
    const allowed = "predictProba" in forest ? "predict or predict_proba" : "predict";
    const message = `${METHOD_PARAM} must be ${allowed}, got ${JSON.stringify(method)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const { classes } = forest;
  const flat = await forest.predictProba(frame, { signal });
  const rows = Array.from({ length: frame.numRows }, (_, row) =>
    Array.from(flat.subarray(row * classes.length, (row + 1) * classes.length)),
  );
  return { kind: "probabilities", classes, rows };
}

function isForest(model: unknown): model is Forest {
  return Object.values(ESTIMATORS).some((Estimator) => model instanceof Estimator);
}

function asForest(model: unknown): Forest {
  assert(isForest(model), "a flavour saves only models that its canSave accepts");
  return model;
}

/** Like scikit-learn's, a forest reads numbers as 32-bit floats. It reads categories by name. */
function forestInputs(forest: Forest): FlavorInput {
  return forest.fitted.features.map(({ name, categories }) => ({
    name,
    type: categories === undefined ? "float" : "string",
    required: true,
  }));
}

function badConfig(issue: z.core.$ZodIssue | undefined): AppError {
  const field = issue?.path.map(String).join(".") ?? "";
  const message = `MLmodel: flavors.${FLAVOR_NAME}.${field}: ${issue?.message}`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
