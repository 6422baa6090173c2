import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readParquet } from "@flightdeck/frame";
import { pythonWith, valueOf } from "@flightdeck/testkit";
import { writeTable } from "../forest/split-files.ts";
import type { BenchTable } from "../shared/table.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const FLIGHTS = here("../../examples/airline/airline_small.parquet");
const OURS = fileURLToPath(new URL("flightdeck-predict.ts", import.meta.url));
const THEIRS = here("rivals.py");
/** Caches fitted models: TL2cgen's C code alone takes minutes to compile. Delete the folder to fit them again. */
const MODELS = here("../results/predict-models");
const ROUNDS = Number(process.env.FLIGHTDECK_BENCH_ROUNDS ?? 3);
const THREADS = [2, 1];
const SPLIT_SEED = 42;

export const title = "Predicting the flights";

/** The output of both programs. */
type Figures = {
  readonly seconds: number;
  /** For one call, over all threads. */
  readonly cpuSeconds: number;
  readonly rowMicros: number;
  readonly auc: number;
  readonly peakMib: number;
};

/** The names in rivals.py, with the versions in python/predict.txt; ours is first. */
const CONTENDERS: readonly (readonly [name: string, version: string])[] = [
  ["Flightdeck", ""],
  ["scikit-learn", "1.9.0"],
  ["scikit-learn-intelex", "2026.2.0"],
  ["XGBoost", "3.2.0"],
  ["ONNX Runtime", "1.32.0"],
  ["Treelite GTIL", "4.8.1"],
  ["TL2cgen", "1.0.0"],
];

/** Runs all contenders in turn on the same test set, with two threads and with one; the median of the rounds. */
export async function measure(): Promise<BenchTable> {
  // FLIGHTDECK_BENCH_PYTHON may name an interpreter with the libraries; otherwise an environment is created.
  const python =
    process.env.FLIGHTDECK_BENCH_PYTHON ?? valueOf(await pythonWith(here("../python/predict.txt")));
  const testRows = await fitOnce(python);
  const figures = new Map<string, Figures[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const threads of THREADS) {
      for (const [name] of CONTENDERS) {
        const measured = await predict(python, name, threads);
        figures.set(`${name} ${threads}`, [...(figures.get(`${name} ${threads}`) ?? []), measured]);
      }
    }
  }
  return tableOf(figures, testRows);
}

async function fitOnce(python: string): Promise<number> {
  await mkdir(MODELS, { recursive: true });
  const { train, test } = (await readParquet(FLIGHTS)).split({ testSize: 0.2, seed: SPLIT_SEED });
  await writeTable(MODELS, "train", train);
  await writeTable(MODELS, "test", test);
  await run(process.execPath, [OURS, "fit", MODELS]);
  if (!existsSync(join(MODELS, "fitted"))) await run(python, [THEIRS, "fit", MODELS]);
  return test.numRows;
}

async function predict(python: string, name: string, threads: number): Promise<Figures> {
  const stdout =
    name === CONTENDERS[0]?.[0]
      ? await run(process.execPath, [OURS, "predict", MODELS, String(threads)])
      : await run(python, [THEIRS, "predict", MODELS, name, String(threads)]);
  // Both programs print this as their last line; some libraries print other lines before it.
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Figures;
}

async function run(command: string, args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(command, args)).stdout;
}

function tableOf(figures: ReadonlyMap<string, readonly Figures[]>, testRows: number): BenchTable {
  const of = (name: string, threads: number, figure: keyof Figures): number =>
    medianOf((figures.get(`${name} ${threads}`) ?? []).map((measured) => measured[figure]));
  const cells = (name: string, threads: number, figure: "seconds" | "cpuSeconds"): string[] => {
    const value = of(name, threads, figure);
    return [(value * 1000).toFixed(1), `${(value / of("Flightdeck", threads, figure)).toFixed(2)}×`];
  };
  return {
    columns: [
      "",
      "2 threads, ms",
      "× ours",
      "1 thread, ms",
      "× ours",
      "CPU of it, ms",
      "× ours",
      "one row, µs",
      "AUC",
      "peak MiB",
    ],
    rows: CONTENDERS.map(([name, version]) => [
      `${name} ${version}`.trim(),
      ...cells(name, 2, "seconds"),
      ...cells(name, 1, "seconds"),
      ...cells(name, 1, "cpuSeconds"),
      of(name, 1, "rowMicros").toFixed(1),
      of(name, 2, "auc").toFixed(4),
      of(name, 2, "peakMib").toFixed(0),
    ]),
    notes: [
      `${testRows.toLocaleString("en-US")} rows of 32-bit floats in memory; forests of 100 trees, depth 12, half of the features a node.`,
      `Median of ${ROUNDS} alternating rounds, one process each, of the median of 7 calls (one row: 100 calls, one thread) after warming up.`,
      "scikit-learn, ONNX Runtime, Treelite and TL2cgen predict with the same forest, the others with one of their own.",
      "TL2cgen compiles the forest with gcc -O3 beforehand; the conversion to its matrix type is left out.",
      "Each has the table as it likes it best: ours by columns, the others by rows. Peak memory of the process with two threads.",
    ],
  };
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
