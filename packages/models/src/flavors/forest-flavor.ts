import { join } from "node:path";
import { AppError, assert } from "@flightdeck/core";
import { RandomForestClassifier } from "@flightdeck/forest";
import { z } from "zod";
import type { FlavorConfig } from "../mlmodel/ml-model.ts";
import type { Flavor, FlavorInput, Predictor } from "./flavor.ts";

const FLAVOR_NAME = "flightdeck_forest";

/** The folder of the forest's own files, beside the MLmodel file. */
const FOREST_FOLDER = "forest";

const configSchema = z.object({
  model_type: z.literal("RandomForestClassifier"),
  data: z.literal(FOREST_FOLDER),
});

/** This project's own random forest. */
export const forestFlavor: Flavor = {
  name: FLAVOR_NAME,

  canSave: (model) => model instanceof RandomForestClassifier,

  inputs: (model) => forestInputs(asForest(model)),

  async save(model, dir): Promise<FlavorConfig> {
    await asForest(model).save(join(dir, FOREST_FOLDER));
    return { data: FOREST_FOLDER, model_type: "RandomForestClassifier" };
  },

  async load(dir, config): Promise<Predictor> {
    const parsed = configSchema.safeParse(config);
    if (!parsed.success) throw badConfig(parsed.error.issues[0]);
    const forest = await RandomForestClassifier.load(join(dir, FOREST_FOLDER));
    return {
      inputs: forestInputs(forest),
      predict: (frame, signal) => forest.predict(frame, { signal }),
      predictMatrix: (matrix) => forest.predictRows(matrix),
    };
  },
};

function asForest(model: unknown): RandomForestClassifier {
  assert(model instanceof RandomForestClassifier, "a flavour saves only what its canSave takes");
  return model;
}

/** A forest sees every feature as a 32-bit float, as scikit-learn's does. */
function forestInputs(forest: RandomForestClassifier): FlavorInput {
  return forest.featureNames.map((name) => ({ name, type: "float", required: true }));
}

function badConfig(issue: z.core.$ZodIssue | undefined): AppError {
  const field = issue?.path.map(String).join(".") ?? "";
  const message = `MLmodel: flavors.${FLAVOR_NAME}.${field}: ${issue?.message}`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
