import { mlflow } from "@flightdeck/client";
import { inferSignature } from "@flightdeck/models";
import { LABEL, readFlights } from "./flights.ts";
import type { SimpleOptions } from "./options.ts";
import { trainForest } from "./train-forest.ts";

/** One training with the given parameters, tracked with its model. */
export async function simple(options: SimpleOptions): Promise<void> {
  await mlflow.startRun({ runName: "RAPIDS-MLflow" }, async (run) => {
    if (options.condaEnv !== undefined) run.setTag("conda_env", options.condaEnv);
    const flights = await readFlights(options.fpath, options.seed);
    const { model, accuracy } = await trainForest(flights, options, { seed: options.seed });
    run.logParams({
      n_estimators: options.nEstimators,
      max_features: options.maxFeatures,
      max_depth: options.maxDepth,
    });
    run.logMetric("accuracy", accuracy);
    await run.logModel(model, {
      name: "saved_models",
      signature: inferSignature(flights.train.drop([LABEL])),
    });
  });
}
