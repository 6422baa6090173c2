import { AppError } from "@flightdeck/core";
import type { Flavor } from "./flavors/flavor.ts";
import { FLAVORS } from "./flavors/flavors.ts";
import type { MlModel } from "./mlmodel/ml-model.ts";
import { readMlModel } from "./mlmodel/ml-model-file.ts";
import { Scorer } from "./scorer.ts";

/** Flavours of MLflow that name the library behind a model, not a library themselves. */
const GENERAL_FLAVORS: ReadonlySet<string> = new Set(["python_function"]);

/**
 * Loads a model folder for scoring. Throws `RESOURCE_DOES_NOT_EXIST` when it has no MLmodel file, and
 * `NOT_IMPLEMENTED`, naming what the model needs, when none of its flavours can be loaded here.
 *
 * @example
 * ```ts
 * const scorer = await loadModel("airline-model");
 * const labels = await scorer.predict(frame);
 * ```
 */
export async function loadModel(dir: string): Promise<Scorer> {
  const mlModel = await readMlModel(dir);
  const flavor = FLAVORS.find(({ name }) => Object.hasOwn(mlModel.flavors, name));
  const config = flavor && mlModel.flavors[flavor.name];
  if (flavor === undefined || config === undefined) throw unsupported(mlModel, FLAVORS);
  return new Scorer(mlModel, await flavor.load(dir, config));
}

function unsupported(mlModel: MlModel, flavors: readonly Flavor[]): AppError {
  const names = Object.keys(mlModel.flavors);
  const libraries = names.filter((name) => !GENERAL_FLAVORS.has(name));
  const supported = `this program loads ${flavors.map(({ name }) => name).join(", ")}`;
  const message = names.includes("python_function")
    ? `a Python model (flavours ${names.join(", ")}) needs Python with ${["mlflow", ...libraries].join(" and ")} to be loaded; ${supported}`
    : `a model of the flavours ${names.join(", ") || "(none)"} cannot be loaded here; ${supported}`;
  return new AppError("NOT_IMPLEMENTED", message, { details: { flavors: names } });
}
