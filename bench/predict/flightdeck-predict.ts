/**
 * flightdeck-predict.ts fit FOLDER          fits a forest of ours, setting A, and saves it in FOLDER
 * flightdeck-predict.ts predict FOLDER N    times its predictions with N threads; prints one line of JSON
 *
 * Measures what rivals.py measures, in the same way.
 */
import { join } from "node:path";
import { RandomForestClassifier } from "@flightdeck/forest";
import { areaUnderCurve } from "@flightdeck/forest/testing/area-under-curve";
import { LABEL, readTable } from "../forest/split-files.ts";
import { peakMib } from "../shared/peak-memory.ts";

const REPEATS = 7;
const ROW_CALLS = 100;
/**
 * Threads start in the background, and V8 optimizes hot code. rivals.py warms up only once, because native code needs
 * no more.
 */
const WARM_UP_CALLS = 5;
const WARM_UP_ROWS = 20_000;

const [command, folder = ".", threads = "2"] = process.argv.slice(2);
if (command === "fit") await fit();
else console.log(JSON.stringify(await predict()));

async function fit(): Promise<void> {
  const options = { nEstimators: 100, maxDepth: 12, maxFeatures: 0.5, seed: 1 };
  const model = await new RandomForestClassifier(options).fit(await readTable(folder, "train"), LABEL);
  await model.save(join(folder, "flightdeck"));
}

async function predict(): Promise<object> {
  const model = await RandomForestClassifier.load(join(folder, "flightdeck"));
  model.setOptions({ nThreads: Number(threads) });
  const test = await readTable(folder, "test");
  let probabilities = await model.predictProba(test);
  for (let i = 0; i < WARM_UP_CALLS; i++) probabilities = await model.predictProba(test);
  const times: number[] = [];
  const cpuStart = process.cpuUsage();
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    await model.predictProba(test);
    times.push(performance.now() - start);
  }
  const cpu = process.cpuUsage(cpuStart);
  const row = Float32Array.from(model.featureNames, (name) => Number(test.column(name).values[0]));
  for (let i = 0; i < WARM_UP_ROWS; i++) model.predictRows(row);
  const rowTimes = Array.from({ length: ROW_CALLS }, () => {
    const start = performance.now();
    model.predictRows(row);
    return performance.now() - start;
  });
  const scores = probabilities.filter((_, i) => i % 2 === 1);
  return {
    seconds: medianOf(times) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6 / REPEATS,
    rowMicros: medianOf(rowTimes) * 1000,
    auc: areaUnderCurve(scores, test.column(LABEL).values),
    peakMib: peakMib(),
  };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
