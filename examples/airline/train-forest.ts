import { RandomForestClassifier } from "@flightdeck/forest";
import { type Flights, LABEL } from "./flights.ts";

/** What the guide tunes. */
export type ForestParams = {
  readonly nEstimators: number;
  readonly maxDepth: number;
  /** Fraction of the features that each split may choose from. */
  readonly maxFeatures: number;
};

export type TrainedForest = { readonly model: RandomForestClassifier; readonly accuracy: number };

/** Fits a forest on the training flights and measures its accuracy on the others. */
export async function trainForest(
  flights: Flights,
  params: ForestParams,
  options: { readonly seed: number; readonly signal?: AbortSignal },
): Promise<TrainedForest> {
  const model = new RandomForestClassifier({ ...params, bootstrap: true, seed: options.seed });
  await model.fit(flights.train, LABEL, options.signal === undefined ? {} : { signal: options.signal });
  const predictions = await model.predict(flights.test);
  const labels = flights.test.column(LABEL).values;
  let hits = 0;
  for (let row = 0; row < flights.test.numRows; row++) if (predictions[row] === labels[row]) hits += 1;
  return { model, accuracy: hits / flights.test.numRows };
}
