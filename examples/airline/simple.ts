import { mlflow } from "@flightdeck/client";
import { inferSignature } from "@flightdeck/models";
import { LABEL, readFlights } from "./flights.ts";
import { logPictures } from "./log-pictures.ts";
import type { SimpleOptions } from "./options.ts";
import { trainForest } from "./train-forest.ts";

/** Trains once with the given parameters, and tracks the run with its model. */
export async function simple(options: SimpleOptions): Promise<void> {
  await mlflow.startRun({ runName: "RAPIDS-MLflow" }, async (run) => {
    if (options.condaEnv !== undefined) run.setTag("conda_env", options.condaEnv);
    const flights = await readFlights(options.fpath, options.seed);
    const { nEstimators, maxDepth, maxFeatures, maxBins, criterion, seed } = options;
    const params = { nEstimators, maxDepth, maxFeatures, maxBins, criterion };
    const { model, accuracy } = await trainForest(flights, params, { seed, run });
    run.logParams({ n_estimators: nEstimators, max_features: maxFeatures, max_depth: maxDepth });
    run.logParams({ n_bins: maxBins, split_criterion: criterion });
    run.logMetric("accuracy", accuracy);
    await logPictures(run, model, flights.test);
    await run.logModel(model, {
      name: "saved_models",
      signature: inferSignature(flights.train.drop([LABEL])),
    });
  });
}
