/**
 * Fits and predicts once with @flightdeck/forest, on the split in the folder of the first argument, and prints the figures
 * as one line of JSON; the fourth argument holds the options. A process of its own, so that its peak of memory is the forest's.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExtraTreesClassifier, RandomForestClassifier } from "@flightdeck/forest";
import { areaUnderCurve } from "@flightdeck/forest/testing/area-under-curve";
import { type Column, Frame } from "@flightdeck/frame";
import { LABEL } from "./split-files.ts";

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
  peakMib: process.resourceUsage().maxRSS / 1024,
};
console.log(JSON.stringify(figures));

async function readTable(folder: string, name: string): Promise<Frame> {
  const bytes = await readFile(join(folder, `${name}.f32`));
  // Written by split-files.ts.
  const { columns, rows } = JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")) as {
    readonly columns: readonly string[];
    readonly rows: number;
  };
  const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  return Frame.fromColumns(
    columns.map((column, i) => columnOf(column, all.subarray(i * rows, (i + 1) * rows))),
  );
}

function columnOf(name: string, values: Float32Array): Column {
  return { name, dtype: "float32", values, nulls: undefined };
}
