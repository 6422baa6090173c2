import { fileURLToPath } from "node:url";
import { readParquet } from "@flightdeck/frame";
import { expect, test } from "vitest";
import { RandomForestClassifier } from "./random-forest-classifier.ts";
import { areaUnderCurve } from "./testing/area-under-curve.ts";

const FLIGHTS = fileURLToPath(new URL("../../../examples/airline/airline_small.parquet", import.meta.url));

/** Two forests of full size, which a busy machine may take a while for. */
const PATIENCE_MS = 120_000;

/**
 * 100 trees of depth 12 on half of the features. Which rows are held out moves both by more than the seed does
 * (standard deviations over ten splits: 0.0019 and 0.0015), for every forest alike; so the bounds hold for one fixed split.
 */
test(
  "reaches the known quality on the flights, with every column used that varies",
  { timeout: PATIENCE_MS },
  async () => {
    const flights = await readParquet(FLIGHTS);
    const { train, test: held } = flights.split({ testSize: 0.2, seed: 42 });
    const options = { nEstimators: 100, maxDepth: 12, maxFeatures: 0.5, bootstrap: true, nThreads: 2 };
    const model = await new RandomForestClassifier({ ...options, seed: 4 }).fit(train, "ArrDelayBinary");
    const probabilities = (await model.predictProba(held)).filter((_, i) => i % 2 === 1);
    const labels = held.column("ArrDelayBinary").values;
    const right = probabilities.filter((p, row) => Number(p > 0.5) === labels[row]).length;
    expect(right / held.numRows).toBeGreaterThanOrEqual(0.775);
    expect(areaUnderCurve(probabilities, labels)).toBeGreaterThanOrEqual(0.836);
    const importances = Object.fromEntries(
      model.featureNames.map((name, i) => [name, model.featureImportances[i]]),
    );
    expect(importances.Year).toBe(0);
    expect(importances.Diverted).toBe(0);
    expect(importances.ActualElapsedTime).toBeGreaterThan(0.3);
  },
);
