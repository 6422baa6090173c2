import { join } from "node:path";
import { AppError, assert } from "@flightdeck/core";
import {
  ExtraTreesClassifier,
  ExtraTreesRegressor,
  RandomForestClassifier,
  RandomForestRegressor,
} from "@flightdeck/forest";
import { z } from "zod";
import type { FlavorConfig } from "../mlmodel/ml-model.ts";
import type { Flavor, FlavorInput, Predictor } from "./flavor.ts";

const FLAVOR_NAME = "flightdeck_forest";

/** The folder of the forest's own files, beside the MLmodel file. */
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

/** This project's own random forests. */
export const forestFlavor: Flavor = {
  name: FLAVOR_NAME,

  canSave: isForest,

  inputs: (model) => forestInputs(asForest(model)),

  async save(model, dir): Promise<FlavorConfig> {
    const forest = asForest(model);
    await forest.save(join(dir, FOREST_FOLDER));
    return { data: FOREST_FOLDER, model_type: forest.fitted.estimator };
  },

  async load(dir, config): Promise<Predictor> {
    const parsed = configSchema.safeParse(config);
    if (!parsed.success) throw badConfig(parsed.error.issues[0]);
    const forest = await ESTIMATORS[parsed.data.model_type].load(join(dir, FOREST_FOLDER));
    const predictor: Predictor = {
      inputs: forestInputs(forest),
      predict: async (frame, signal) => Array.from(await forest.predict(frame, { signal })),
    };
    // A matrix holds numbers, so categories cannot be told in it.
    if (forest.fitted.features.some(({ categories }) => categories !== undefined)) return predictor;
    return { ...predictor, predictMatrix: (matrix) => Array.from(forest.predictRows(matrix)) };
  },
};

function isForest(model: unknown): model is Forest {
  return Object.values(ESTIMATORS).some((Estimator) => model instanceof Estimator);
}

function asForest(model: unknown): Forest {
  assert(isForest(model), "a flavour saves only what its canSave takes");
  return model;
}

/** A forest sees every number as a 32-bit float, as scikit-learn's does, and categories by their names. */
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
