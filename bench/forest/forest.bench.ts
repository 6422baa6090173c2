import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readParquet } from "@flightdeck/frame";
import { pythonWith, valueOf } from "@flightdeck/testkit";
import type { BenchTable } from "../shared/table.ts";
import { LABEL, writeTable } from "./split-files.ts";

const FLIGHTS = fileURLToPath(new URL("../../examples/airline/airline_small.parquet", import.meta.url));
const OURS = fileURLToPath(new URL("flightdeck-forest.ts", import.meta.url));
const THEIRS = fileURLToPath(new URL("forests.py", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("../python/forests.txt", import.meta.url));
const ROUNDS = Number(process.env.FLIGHTDECK_BENCH_ROUNDS ?? 3);
const THREADS = 2;
const SPLIT_SEED = 42;

export const title = "Random forests on the flights";

/** The output of both programs. */
type Figures = {
  readonly fitSeconds: number;
  readonly cpuSeconds: number;
  readonly predictSeconds: number;
  readonly accuracy: number;
  readonly auc: number;
  readonly peakMib: number;
};

type Contender = {
  readonly name: string;
  /** The options of our forest, or the name of another one. */
  readonly run: object | string;
};

/** 100 trees of depth 12, half of the features at each node. */
const SETTING_A = { nEstimators: 100, maxDepth: 12, maxFeatures: 0.5 };

const CONTENDERS: readonly Contender[] = [
  { name: "A: Flightdeck", run: SETTING_A },
  { name: "A: Flightdeck, 64 bins", run: { ...SETTING_A, maxBins: 64 } },
  { name: "A: Flightdeck, extra trees", run: { ...SETTING_A, estimator: "ExtraTreesClassifier" } },
  { name: "A: scikit-learn 1.9.0", run: "scikit-learn" },
  { name: "A: scikit-learn-intelex 2026.2.0", run: "scikit-learn-intelex" },
  { name: "A: XGBoost 3.2.0, forest mode", run: "xgboost" },
  { name: "A: YDF 0.16.0", run: "ydf" },
  { name: "fastforest 0.1.4, 10 trees", run: "fastforest-10" },
  { name: "Flightdeck, 6 trees, depth 16", run: frontOf(6, 16) },
  { name: "fastforest 0.1.4", run: "fastforest" },
  { name: "Flightdeck, 18 trees, depth 20", run: frontOf(18, 20) },
  { name: "fastforest 0.1.4, 100 trees", run: "fastforest-100" },
  { name: "Flightdeck, 40 trees, depth 20", run: frontOf(40, 20) },
];

/** Deep trees on fewer bins, which reach a given AUC faster than setting A. */
function frontOf(nEstimators: number, maxDepth: number): object {
  return { nEstimators, maxDepth, minSamplesLeaf: 4, maxFeatures: 0.5, maxBins: 64 };
}

/** Runs all forests in turn on the same split, with a different seed per round; the median of the rounds. */
export async function measure(): Promise<BenchTable> {
  // FLIGHTDECK_BENCH_PYTHON may name an interpreter with the libraries; otherwise an environment is created.
  const python = process.env.FLIGHTDECK_BENCH_PYTHON ?? valueOf(await pythonWith(REQUIREMENTS));
  const dir = await mkdtemp(join(tmpdir(), "bench-forest-"));
  try {
    const { train, test } = (await readParquet(FLIGHTS)).split({ testSize: 0.2, seed: SPLIT_SEED });
    await writeTable(dir, "train", train);
    await writeTable(dir, "test", test);
    return tableOf(await rounds(dir, python), train.numRows, test.numRows);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Each contender's figures of every round. */
async function rounds(dir: string, python: string): Promise<Figures[][]> {
  const figures: Figures[][] = CONTENDERS.map(() => []);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [i, { run }] of CONTENDERS.entries()) {
      const common = [dir, String(round), String(THREADS)];
      const [program, args] =
        typeof run === "string"
          ? [python, [THEIRS, ...common, run]]
          : [process.execPath, [OURS, ...common, JSON.stringify(run)]];
      figures[i]?.push(await runProgram(program, args));
    }
  }
  return figures;
}

async function runProgram(command: string, args: readonly string[]): Promise<Figures> {
  const { stdout } = await promisify(execFile)(command, args);
  // Both programs print this as their last line; some libraries print other lines before it.
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Figures;
}

function tableOf(figures: readonly Figures[][], trainRows: number, testRows: number): BenchTable {
  const first = medianOf(figures[0] ?? [], "fitSeconds");
  return {
    columns: [
      "",
      "fit, s",
      "× ours",
      "CPU of the fit, s",
      "predict test set, s",
      "AUC",
      "accuracy",
      "peak MiB",
    ],
    rows: CONTENDERS.map(({ name }, i) => {
      const of = (figure: keyof Figures): number => medianOf(figures[i] ?? [], figure);
      const times = name.startsWith("A:") ? (of("fitSeconds") / first).toFixed(1) : "";
      const seconds = [of("fitSeconds").toFixed(2), times, of("cpuSeconds").toFixed(2)];
      const quality = [of("auc").toFixed(4), of("accuracy").toFixed(4)];
      return [name, ...seconds, of("predictSeconds").toFixed(2), ...quality, of("peakMib").toFixed(0)];
    }),
    notes: [
      `${trainRows.toLocaleString("en-US")} rows to train, ${testRows.toLocaleString("en-US")} to test, label ${LABEL}.`,
      `Median of ${ROUNDS} alternating rounds, seeds 1..${ROUNDS}, ${THREADS} threads each, one process a round.`,
      "A: 100 trees, depth 12, half of the features at each node; the ratio is the time of the fit against our first row.",
      "The others are pairs along the front of AUC against CPU: ours have 64 bins and leaves of 4 rows.",
      "Extra trees and fewer bins are options that change the forest. Peak memory includes the data and the runtime.",
    ],
  };
}

function medianOf(figures: readonly Figures[], of: keyof Figures): number {
  const sorted = figures.map((figure) => figure[of]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
