/**
 * Fits and predicts once with @flightdeck/forest on the split in the folder given as the first argument, and prints the
 * figures as one line of JSON; the fourth argument holds the options. Runs in a separate process, so that its peak
 * memory is the forest's alone.
 */
import { ExtraTreesClassifier, RandomForestClassifier } from "@flightdeck/forest";
import { areaUnderCurve } from "@flightdeck/forest/testing/area-under-curve";
import { peakMib } from "../shared/peak-memory.ts";
import { LABEL, readTable } from "./split-files.ts";

const [dir = ".", seed = "0", threads = "2", options = "{}"] = process.argv.slice(2);
const { train, test } = { train: await readTable(dir, "train"), test: await readTable(dir, "test") };
// Written by forest.bench.ts.
const { estimator = "", ...given } = JSON.parse(options) as { estimator?: string };
const Estimator = estimator === "ExtraTreesClassifier" ? ExtraTreesClassifier : RandomForestClassifier;
const model = new Estimator({ ...given, seed: Number(seed), nThreads: Number(threads) });

const cpuStart = process.cpuUsage();
const fitStart = performance.now();
await model.fit(train, LABEL);
const predictStart = performance.now();
const cpu = process.cpuUsage(cpuStart);
const probabilities = await model.predictProba(test);
const predictEnd = performance.now();

const scores = probabilities.filter((_, i) => i % 2 === 1);
const labels = test.column(LABEL).values;
const right = scores.filter((score, row) => Number(score > 0.5) === labels[row]).length;
const figures = {
  fitSeconds: (predictStart - fitStart) / 1000,
  cpuSeconds: (cpu.user + cpu.system) / 1e6,
  predictSeconds: (predictEnd - predictStart) / 1000,
  accuracy: right / test.numRows,
  auc: areaUnderCurve(scores, labels),
  peakMib: peakMib(),
};
console.log(JSON.stringify(figures));
