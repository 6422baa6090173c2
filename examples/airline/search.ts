import { type ActiveRun, mlflow } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import { anneal, auto, fmin, hp, rand, spaceEval, tpe, workerModule } from "@flightdeck/hyperopt";
import { inferSignature } from "@flightdeck/models";
import { resolve } from "node:path";
import { described, evaluate, type Evaluation, flightsOf, toParams } from "./evaluate.ts";
import { type Flights, LABEL } from "./flights.ts";
import type { SearchOptions } from "./options.ts";
import { type ForestParams, trainForest } from "./train-forest.ts";

export const REGISTERED_MODEL = "rapids_mlflow_cli";
const ALGORITHMS = { tpe: tpe.suggest, auto: auto.suggest, rand: rand.suggest, anneal: anneal.suggest };
const INPUT_EXAMPLE_ROWS = 5;

/**
 * The guide's job: searches for the depth, number of features and number of trees with hyperopt, each evaluation a
 * nested run with its model; then trains once more with the best point and registers that model.
 */
export async function search(options: SearchOptions): Promise<void> {
  const algo = algorithm(options.algo);
  await mlflow.startRun({ runName: "RAPIDS-Hyperopt" }, async (run) => {
    if (options.condaEnv !== undefined) run.setTag("conda_env", options.condaEnv);
    const flights = await flightsOf(options.fpath, options.seed);
    console.log(`${flights.train.numRows} flights to train on, ${flights.test.numRows} to measure on`);
    const { spark } = options;
    const space = {
      point: guideSpace(options.nEstimatorsMax),
      fpath: placeOf(options.fpath),
      seed: options.seed,
      env: spark === undefined ? {} : trackingVariables(),
    };
    const best = await fmin({
      fn: spark === undefined ? evaluate : workerModule<Evaluation>("./evaluate.ts", "evaluate"),
      executor: spark === undefined ? undefined : await onSpark(spark),
      parallelism: options.parallelism,
      space,
      algo,
      maxEvals: options.maxEvals,
      seed: options.seed,
      track: {
        client: mlflow.client,
        runId: run.runId,
        params: ({ point }) => logged(toParams(point)),
      },
      onLog: ({ message }) => console.log(message),
      onTrial: ({ tid, result }, { bestLoss = Number.NaN }) => {
        const accuracy = 1 - (result.loss ?? Number.NaN);
        const shown = `accuracy ${accuracy.toFixed(4)}, best so far ${(1 - bestLoss).toFixed(4)}`;
        console.log(`evaluation ${tid + 1} of ${options.maxEvals}: ${shown}`);
      },
    });
    const { point } = spaceEval(space, best);
    await publish(run, flights, { params: toParams(point), seed: options.seed });
  });
}

function algorithm(name: string) {
  if (Object.hasOwn(ALGORITHMS, name)) return ALGORITHMS[name as keyof typeof ALGORITHMS]; // Checked on this line.
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `--algo must be one of ${Object.keys(ALGORITHMS).join(", ")}, got '${name}'`,
  );
}

/** The guide's search space, as a list in this order; its upper bound of `n_estimators` is 1000. */
function guideSpace(nEstimatorsMax: number) {
  return [
    hp.uniform("max_depth", 5, 20),
    hp.uniform("max_features", 0.1, 1.0),
    hp.uniform("n_estimators", 150, nEstimatorsMax),
  ] as const;
}

/** Makes a path absolute, because a cluster's executors have another working directory. */
function placeOf(fpath: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(fpath) ? fpath : resolve(fpath);
}

/** Loads the Spark client only if it is used. */
async function onSpark(remote: string) {
  const { sparkTrials } = await import("@flightdeck/spark");
  return sparkTrials({ remote });
}

/**
 * The environment variables with the tracking server's address and the credentials. A server that this process started
 * for itself is given by its URL.
 */
function trackingVariables(): Record<string, string> {
  const named = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    /^(?:MLFLOW_TRACKING_|DATABRICKS_)/.test(name) && value !== undefined ? [[name, value]] : [],
  );
  const variables = Object.fromEntries(named) as Record<string, string>; // Built from such pairs.
  const { MLFLOW_TRACKING_URI: uri = "" } = variables;
  return {
    ...variables,
    MLFLOW_TRACKING_URI: /^(?:https?:|databricks)/.test(uri) ? uri : mlflow.client.baseUrl,
  };
}

/** Trains once more with the best point and registers that model. */
async function publish(
  run: ActiveRun,
  flights: Flights,
  { params, seed }: { readonly params: ForestParams; readonly seed: number },
): Promise<void> {
  console.log(`training once more with the best: ${described(params)}`);
  const { model, accuracy } = await trainForest(flights, params, { seed, run });
  run.logParams(logged(params));
  run.logMetric("accuracy", accuracy);
  const features = flights.train.drop([LABEL]);
  await run.logModel(model, {
    name: "Airline-Demo",
    signature: inferSignature(features),
    inputExample: features.slice(0, INPUT_EXAMPLE_ROWS),
    registeredModelName: REGISTERED_MODEL,
  });
}

function logged(params: ForestParams): Record<string, number> {
  return { max_depth: params.maxDepth, max_features: params.maxFeatures, n_estimators: params.nEstimators };
}
