import { type ActiveRun, mlflow } from "@flightdeck/client";
import { AppError } from "@flightdeck/core";
import { anneal, fmin, hp, rand, spaceEval, STATUS_OK, tpe } from "@flightdeck/hyperopt";
import { inferSignature } from "@flightdeck/models";
import { type Flights, LABEL, readFlights } from "./flights.ts";
import type { SearchOptions } from "./options.ts";
import { type ForestParams, trainForest } from "./train-forest.ts";

export const REGISTERED_MODEL = "rapids_mlflow_cli";
const ALGORITHMS = { tpe: tpe.suggest, rand: rand.suggest, anneal: anneal.suggest };
const INPUT_EXAMPLE_ROWS = 5;

/**
 * The guide's job: search depth, features and number of trees with hyperopt, each evaluation a nested run with its
 * model, then train once more with the best point and register that model.
 */
export async function search(options: SearchOptions): Promise<void> {
  const algo = algorithm(options.algo);
  await mlflow.startRun({ runName: "RAPIDS-Hyperopt" }, async (run) => {
    if (options.condaEnv !== undefined) run.setTag("conda_env", options.condaEnv);
    const flights = await readFlights(options.fpath, options.seed);
    console.log(`${flights.train.numRows} flights to train on, ${flights.test.numRows} to measure on`);
    const space = guideSpace(options.nEstimatorsMax);
    const best = await fmin({
      fn: (point, { trialId, signal }) => {
        console.log(`evaluation ${trialId + 1} of ${options.maxEvals}: ${described(toParams(point))}`);
        return evaluate(flights, point, { seed: options.seed, signal });
      },
      space,
      algo,
      maxEvals: options.maxEvals,
      seed: options.seed,
      onTrial: (trial, { bestLoss = Number.NaN }) => {
        const accuracy = 1 - (trial.result.loss ?? Number.NaN);
        console.log(`  accuracy ${accuracy.toFixed(4)}, best so far ${(1 - bestLoss).toFixed(4)}`);
      },
    });
    await publish(run, flights, { params: toParams(spaceEval(space, best)), seed: options.seed });
  });
}

function algorithm(name: string) {
  if (Object.hasOwn(ALGORITHMS, name)) return ALGORITHMS[name as keyof typeof ALGORITHMS]; // Checked on this line.
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `--algo must be one of ${Object.keys(ALGORITHMS).join(", ")}, got '${name}'`,
  );
}

/** The guide's space, a list in this order; its upper end of `n_estimators` is 1000. */
function guideSpace(nEstimatorsMax: number) {
  return [
    hp.uniform("max_depth", 5, 20),
    hp.uniform("max_features", 0.1, 1.0),
    hp.uniform("n_estimators", 150, nEstimatorsMax),
  ] as const;
}

type Point = readonly [maxDepth: number, maxFeatures: number, nEstimators: number];

function toParams([maxDepth, maxFeatures, nEstimators]: Point): ForestParams {
  return { maxDepth: Math.trunc(maxDepth), maxFeatures, nEstimators: Math.trunc(nEstimators) };
}

/** One evaluation. The loss is 1 − accuracy: the guide returns the accuracy itself, and so searches for the worst. */
async function evaluate(flights: Flights, point: Point, options: { seed: number; signal: AbortSignal }) {
  const params = toParams(point);
  return mlflow.startRun({ nested: true }, async (run) => {
    run.logParams(logged(params));
    const { model, accuracy } = await trainForest(flights, params, { ...options, run });
    run.logMetric("accuracy", accuracy);
    await run.logModel(model, {
      name: "saved_models",
      signature: inferSignature(flights.train.drop([LABEL])),
    });
    return { loss: 1 - accuracy, status: STATUS_OK };
  });
}

/** Trains once more with the best point; this model is the one that is registered. */
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

function described({ nEstimators, maxDepth, maxFeatures }: ForestParams): string {
  return `${nEstimators} trees of depth ${maxDepth}, ${(100 * maxFeatures).toFixed(0)} % of the features at each split`;
}
