import { mlflow } from "@flightdeck/client";
import { type ObjectiveResult, STATUS_OK, type TrialContext } from "@flightdeck/hyperopt";
import { inferSignature } from "@flightdeck/models";
import { type Flights, LABEL, readFlights } from "./flights.ts";
import { type ForestParams, trainForest } from "./train-forest.ts";

/** A point of the guide's search space, as a list in the guide's order. */
export type Point = readonly [maxDepth: number, maxFeatures: number, nEstimators: number];

/** The input of an evaluation, wherever it runs. */
export type Evaluation = {
  readonly point: Point;
  /** An absolute path, or a URL. */
  readonly fpath: string;
  readonly seed: number;
  /**
   * Environment variables with which a cluster's executor, which does not have our environment, reaches the tracking
   * server.
   */
  readonly env: Readonly<Record<string, string>>;
};

export function toParams([maxDepth, maxFeatures, nEstimators]: Point): ForestParams {
  return { maxDepth: Math.trunc(maxDepth), maxFeatures, nEstimators: Math.trunc(nEstimators) };
}

/**
 * Runs one evaluation. fmin tracks it, and its artifacts go to the same run. The loss is 1 − accuracy: the guide
 * returns the accuracy itself, and so searches for the worst model.
 */
export async function evaluate(
  { point, fpath, seed, env }: Evaluation,
  context: TrialContext,
): Promise<ObjectiveResult> {
  Object.assign(process.env, env);
  const params = toParams(point);
  context.log(`evaluation ${context.trialId + 1}: ${described(params)}`);
  const flights = await flightsOf(fpath, seed);
  return mlflow.startRun({ nested: true, runId: await context.runId?.() }, async (run) => {
    const { model, accuracy } = await trainForest(flights, params, { ...context, seed, run });
    run.logMetric("accuracy", accuracy);
    await run.logModel(model, {
      name: "saved_models",
      signature: inferSignature(flights.train.drop([LABEL])),
    });
    return { loss: 1 - accuracy, status: STATUS_OK };
  });
}

export function described({ nEstimators, maxDepth, maxFeatures }: ForestParams): string {
  return `${nEstimators} trees of depth ${maxDepth}, ${(100 * maxFeatures).toFixed(0)} % of the features at each split`;
}

const reading = new Map<string, Promise<Flights>>();

/** Returns the flights; each process reads them once. */
export function flightsOf(fpath: string, seed: number): Promise<Flights> {
  const key = `${seed} ${fpath}`;
  const known = reading.get(key) ?? readFlights(fpath, seed);
  reading.set(key, known);
  return known;
}
