import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { Random } from "@flightdeck/core";
import { Frame } from "@flightdeck/frame";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RandomForestClassifier } from "./classifiers.ts";

let folder = "";
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "forest-"))));
afterAll(() => rm(folder, { recursive: true }));

type Row = readonly unknown[];

function frameOf(rows: number, columns: readonly string[], row: (random: Random) => Row): Frame {
  const random = new Random(5);
  return Frame.fromRows({ columns, data: Array.from({ length: rows }, () => row(random)) });
}

/** Late when far and in winter, with some noise. */
const FLIGHTS = frameOf(2000, ["Distance", "Month", "Noise", "ArrDelayBinary"], (random) => {
  const [distance, month] = [random.nextInt(3000), 1 + random.nextInt(12)];
  const isLate = distance > 1500 && (month < 3 || month > 10);
  return [distance, month, random.nextNormal(), Number(isLate !== (random.nextInt(20) === 0))];
});

async function accuracyOf(
  model: RandomForestClassifier,
  frame: Frame,
  labels: readonly unknown[],
): Promise<number> {
  const predicted = await model.predict(frame);
  return predicted.filter((label, row) => label === labels[row]).length / labels.length;
}

test("the example in the class's documentation works", async () => {
  const { train, test: held } = FLIGHTS.split({ testSize: 0.2, seed: 42 });
  const model = new RandomForestClassifier({ nEstimators: 30, maxDepth: 12, maxFeatures: 0.5, seed: 1 });
  await model.fit(train, "ArrDelayBinary");
  const probabilities = await model.predictProba(held);
  expect(probabilities).toHaveLength(held.numRows * 2);
  for (let row = 0; row < held.numRows; row++) {
    expect(probabilities[row * 2]! + probabilities[row * 2 + 1]!).toBeCloseTo(1, 5);
  }
  expect(await accuracyOf(model, held, [...held.column("ArrDelayBinary").values])).toBeGreaterThan(0.9);
  const dir = join(folder, "model");
  await model.save(dir);
  const again = await RandomForestClassifier.load(dir);
  expect(await again.predictProba(held)).toEqual(probabilities);
  expect(again.options).toEqual(model.options);
  expect([again.classes, again.featureNames]).toEqual([model.classes, model.featureNames]);
  expect(again.featureImportances).toEqual(model.featureImportances);
});

test("importances sum to 1 and distinguish signal from noise", async () => {
  const model = await new RandomForestClassifier({ nEstimators: 20, maxDepth: 6 }).fit(
    FLIGHTS,
    "ArrDelayBinary",
  );
  const [distance = 0, month = 0, noise = 0] = model.featureImportances;
  expect(distance + month + noise).toBeCloseTo(1, 9);
  expect(Math.min(distance, month)).toBeGreaterThan(noise);
});

test("the forest is the same for any number of threads, and different for another seed", async () => {
  const fitWith = async (nThreads: number, seed: number): Promise<Float32Array> => {
    const model = new RandomForestClassifier({ nEstimators: 7, maxDepth: 8, nThreads, seed });
    await model.fit(FLIGHTS, "ArrDelayBinary");
    return model.predictProba(FLIGHTS);
  };
  const expected = await fitWith(1, 1);
  expect(await fitWith(2, 1)).toEqual(expected);
  expect(await fitWith(5, 1)).toEqual(expected);
  expect(await fitWith(1, 2)).not.toEqual(expected);
});

test("learns a rule that no single feature reveals", async () => {
  const xor = frameOf(1000, ["a", "b", "y"], (random) => {
    const [a, b] = [random.nextInt(2), random.nextInt(2)];
    return [a, b, a !== b];
  });
  const model = await new RandomForestClassifier({ nEstimators: 10 }).fit(xor, "y");
  expect(model.classes).toEqual([false, true]);
  const labels = Array.from(xor.column("y").values, Boolean);
  expect(await accuracyOf(model, xor, labels)).toBe(1);
});

test("learns several text classes", async () => {
  const frame = frameOf(1500, ["x", "y"], (random) => {
    const x = random.nextFloat();
    return [x, x < 0.3 ? "early" : x < 0.6 ? "late" : "on time"];
  });
  const model = await new RandomForestClassifier({ nEstimators: 5 }).fit(frame, "y");
  expect(model.classes).toEqual(["early", "late", "on time"]);
  const query = Frame.fromRows({ columns: ["x"], data: [[0.1], [0.5], [0.9]] });
  expect(await model.predict(query)).toEqual(["early", "late", "on time"]);
  const probabilities = await model.predictProba(query);
  expect(Array.from(probabilities, (p) => Math.round(p))).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
});

test("a missing value is treated as a separate value", async () => {
  const frame = frameOf(1000, ["x", "y"], (random) => {
    const x = random.nextInt(3) === 0 ? null : random.nextFloat();
    return [x, x === null || x > 0.8 ? 1 : 0];
  });
  const model = await new RandomForestClassifier({ nEstimators: 5, seed: 1 }).fit(frame, "y");
  const query = Frame.fromRows({ columns: ["x"], data: [[null], [0.4], [0.95]] });
  expect(await model.predict(query)).toEqual([1, 0, 1]);
});

test("features are found by name, and others are ignored", async () => {
  const model = await new RandomForestClassifier({ nEstimators: 3 }).fit(FLIGHTS, "ArrDelayBinary");
  const turned = FLIGHTS.select(["ArrDelayBinary", "Noise", "Month", "Distance"]);
  expect(await model.predictProba(turned)).toEqual(await model.predictProba(FLIGHTS));
  await expect(model.predict(FLIGHTS.drop(["Month"]))).rejects.toThrow('column "Month" does not exist');
});

test("if no feature varies, every row gets the class frequencies", async () => {
  const frame = frameOf(100, ["x", "y"], (random) => [7, random.nextInt(2)]);
  const model = await new RandomForestClassifier({ nEstimators: 2, bootstrap: false }).fit(frame, "y");
  const share = frame.column("y").values.filter((label) => label === 1).length / 100;
  expect((await model.predictProba(frame))[1]).toBeCloseTo(share, 6);
  expect(model.featureImportances).toEqual(Float64Array.of(0));
});

test("caller errors give one clear line", async () => {
  const model = new RandomForestClassifier({ nEstimators: 1 });
  expect(() => model.classes).toThrow("the forest is not fitted yet: call fit, or load a saved one");
  await expect(model.fit(FLIGHTS, "ArrDelay")).rejects.toThrow(
    'column "ArrDelay" does not exist; columns: "Distance", "Month", "Noise", "ArrDelayBinary"',
  );
  const text = Frame.fromRows({
    columns: ["Carrier", "y"],
    data: [
      ["AA", 0],
      ["UA", 1],
    ],
  });
  await expect(model.fit(text, "y")).rejects.toThrow('column "Carrier" holds text; features must be numbers');
  await expect(model.fit(FLIGHTS.select(["Month"]), "Month")).rejects.toThrow(
    "must have a column beside the label",
  );
  await expect(new RandomForestClassifier({ maxFeatures: 4 }).fit(FLIGHTS, "ArrDelayBinary")).rejects.toThrow(
    "maxFeatures must be at most the number of features, 3, got 4",
  );
});

/** A fit that takes far longer than the test's timeout, with the means to see that it has stopped. */
function longFit(options: Parameters<RandomForestClassifier["fit"]>[2]): {
  fit: Promise<unknown>;
  workers: Worker[];
} {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker): void => void workers.push(worker);
  process.on("worker", onWorker);
  const large = frameOf(60_000, ["a", "b", "c", "y"], (random) => {
    return [random.nextFloat(), random.nextFloat(), random.nextFloat(), random.nextInt(2)];
  });
  const model = new RandomForestClassifier({ nEstimators: 10_000, maxFeatures: null, nThreads: 2 });
  const fit = model.fit(large, "y", options).finally(() => process.off("worker", onWorker));
  return { fit, workers };
}

test("the signal stops a fit in the middle of a tree, and no thread is left", async () => {
  const controller = new AbortController();
  const { fit, workers } = longFit({ signal: controller.signal });
  setTimeout(() => controller.abort(), 300);
  await expect(fit).rejects.toMatchObject({ code: "CANCELLED" });
  expect(workers).toHaveLength(2);
  // A terminated worker has no thread.
  expect(workers.map((worker) => worker.threadId)).toEqual([-1, -1]);
  await expect(longFit({ signal: controller.signal }).fit).rejects.toMatchObject({ code: "CANCELLED" });
});

test("an error thrown by onProgress stops the fit", async () => {
  const onProgress = (): never => {
    throw new RangeError("no room for progress");
  };
  const { fit, workers } = longFit({ onProgress });
  await expect(fit).rejects.toThrow("no room for progress");
  expect(workers.map((worker) => worker.threadId)).toEqual([-1, -1]);
});

test("progress counts the trees, and a failed fit keeps the previous one", async () => {
  const seen: number[] = [];
  const model = new RandomForestClassifier({ nEstimators: 4 });
  await model.fit(FLIGHTS, "ArrDelayBinary", { onProgress: ({ treesDone }) => void seen.push(treesDone) });
  expect(seen).toEqual([1, 2, 3, 4]);
  await expect(model.fit(FLIGHTS, "nothing")).rejects.toThrow();
  expect(model.classes).toEqual([0, 1]);
});

const ROWS = Array.from({ length: 300 }, (_, i) => [i % 11 === 0 ? null : i, (i * 7) % 13, i > 140]);
const SERVED = Frame.fromRows({ columns: ["a", "b", "label"], data: ROWS });

test("predictRows agrees with predict, including missing values", async () => {
  const model = await new RandomForestClassifier({ nEstimators: 7, nThreads: 1 }).fit(SERVED, "label");
  const values = Float32Array.from(
    ROWS.flatMap(([a, b]) => [a, b].map((cell) => (cell === null ? NaN : Number(cell)))),
  );
  expect(model.predictRows(values)).toEqual(await model.predict(SERVED));
  expect(model.predictRows(new Float32Array(0))).toEqual([]);
});

test("predictRows refuses an incomplete row", async () => {
  const model = await new RandomForestClassifier({ nEstimators: 1, nThreads: 1 }).fit(SERVED, "label");
  expect(() => model.predictRows(new Float32Array(3))).toThrow(
    "values must hold rows of 2 features, got 3 values",
  );
});
