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
const THEIRS = fileURLToPath(new URL("sklearn_forest.py", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("../../acceptance/python/requirements.txt", import.meta.url));
const ROUNDS = 3;
const THREADS = 2;
const SPLIT_SEED = 42;

export const title = "Random forest on the flights: 100 trees, depth 12, half of the features a node";

/** What both programs print. */
type Figures = {
  readonly fitSeconds: number;
  readonly predictSeconds: number;
  readonly accuracy: number;
  readonly auc: number;
  readonly peakMb: number;
};

type Row = {
  readonly name: string;
  readonly of: keyof Figures;
  readonly digits: number;
  readonly isCost: boolean;
};

const ROWS: readonly Row[] = [
  { name: "fit, s", of: "fitSeconds", digits: 2, isCost: true },
  { name: "predict test set, s", of: "predictSeconds", digits: 2, isCost: true },
  { name: "peak memory of the process, MB", of: "peakMb", digits: 0, isCost: true },
  { name: "accuracy", of: "accuracy", digits: 4, isCost: false },
  { name: "AUC", of: "auc", digits: 4, isCost: false },
];

/** Both forests in turn on the same split, each round with a seed of its own; the median of the rounds. */
export async function measure(): Promise<BenchTable> {
  // FLIGHTDECK_BENCH_PYTHON names an interpreter that has scikit-learn; otherwise one is made.
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

type Rounds = { readonly ours: readonly Figures[]; readonly theirs: readonly Figures[] };

async function rounds(dir: string, python: string): Promise<Rounds> {
  const ours: Figures[] = [];
  const theirs: Figures[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    ours.push(await run(process.execPath, [OURS, dir, String(round), String(THREADS)]));
    theirs.push(await run(python, [THEIRS, dir, String(round), String(THREADS)]));
  }
  return { ours, theirs };
}

async function run(command: string, args: readonly string[]): Promise<Figures> {
  const { stdout } = await promisify(execFile)(command, args);
  // The two programs beside this file print exactly this.
  return JSON.parse(stdout) as Figures;
}

function tableOf({ ours, theirs }: Rounds, trainRows: number, testRows: number): BenchTable {
  return {
    columns: ["", "Flightdeck", "scikit-learn", "ratio"],
    rows: ROWS.map(({ name, of, digits, isCost }) => {
      const [us, them] = [medianOf(ours, of), medianOf(theirs, of)];
      const ratio = isCost ? `${(them / us).toFixed(1)}×` : signed(us - them);
      return [name, us.toFixed(digits), them.toFixed(digits), ratio];
    }),
    notes: [
      `${trainRows.toLocaleString("en-US")} rows to train, ${testRows.toLocaleString("en-US")} to test, label ${LABEL}.`,
      `Median of ${ROUNDS} alternating rounds, seeds 1..${ROUNDS}, ${THREADS} threads each, one process a round.`,
      "The ratio is how many times less Flightdeck needs; for accuracy and AUC it is the difference.",
      "Flightdeck predicts on one thread, scikit-learn on all of its own. Peak memory includes the data and the runtime.",
    ],
  };
}

function medianOf(figures: readonly Figures[], of: keyof Figures): number {
  const sorted = figures.map((figure) => figure[of]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function signed(difference: number): string {
  return (difference >= 0 ? "+" : "") + difference.toFixed(4);
}
