import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  ExtraTreesClassifier,
  ExtraTreesRegressor,
  RandomForestClassifier,
  RandomForestRegressor,
} from "@flightdeck/forest";
import { type Column, Frame } from "@flightdeck/frame";
import { pythonWith, valueOf } from "@flightdeck/testkit";
import type { BenchTable } from "../shared/table.ts";

const QUALITY = fileURLToPath(new URL("quality.py", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("../python/forests.txt", import.meta.url));
/** The tables take about ten megabytes as text. */
const OUTPUT_BYTES_MAX = 2 ** 28;

const ESTIMATORS = {
  RandomForestClassifier,
  ExtraTreesClassifier,
  RandomForestRegressor,
  ExtraTreesRegressor,
};

export const title = "Quality of the forests on scikit-learn's tables, against scikit-learn";

/** One split, with scikit-learn's score: accuracy or R². */
type Round = { readonly train: readonly number[]; readonly test: readonly number[]; readonly score: number };

/** quality.py's output for each table. */
type Table = {
  readonly name: string;
  readonly columns: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly rounds: { readonly [Name in keyof typeof ESTIMATORS]?: readonly Round[] };
};

export async function measure(): Promise<BenchTable> {
  const python = process.env.FLIGHTDECK_BENCH_PYTHON ?? valueOf(await pythonWith(REQUIREMENTS));
  const { stdout } = await promisify(execFile)(python, [QUALITY], { maxBuffer: OUTPUT_BYTES_MAX });
  const rows: string[][] = [];
  for (const table of JSON.parse(stdout) as Table[]) {
    // The keys are those of ESTIMATORS.
    for (const [name, rounds] of Object.entries(table.rounds) as [keyof typeof ESTIMATORS, Round[]][]) {
      rows.push([table.name, name, ...(await compare(table, name, rounds))]);
    }
  }
  return {
    columns: ["table", "estimator", "Flightdeck", "scikit-learn", "difference", "± standard error"],
    rows,
    notes: [
      "Accuracy, or R² for numbers; the mean over 10 random splits of 75 % and 25 %, the same ones for both.",
      "100 trees and otherwise the defaults. The standard error is that of the mean difference over the splits.",
    ],
  };
}

async function compare(
  table: Table,
  name: keyof typeof ESTIMATORS,
  rounds: readonly Round[],
): Promise<string[]> {
  const frame = frameOf(table);
  const scores: number[] = [];
  for (const [seed, { train, test }] of rounds.entries()) {
    const model = await new ESTIMATORS[name]({ nEstimators: 100, seed, nThreads: 2 }).fit(
      frame.take(Uint32Array.from(train)),
      "label",
    );
    scores.push(await model.score(frame.take(Uint32Array.from(test))));
  }
  const theirs = rounds.map(({ score }) => score);
  const differences = scores.map((score, i) => score - (theirs[i] ?? 0));
  const difference = meanOf(differences);
  const variance = meanOf(differences.map((value) => (value - difference) ** 2));
  const error = Math.sqrt(variance / (differences.length - 1));
  return [meanOf(scores), meanOf(theirs), difference, error].map((value) => value.toFixed(4));
}

function frameOf({ columns, labels }: Table): Frame {
  const column = (name: string, values: readonly number[]): Column => {
    return { name, dtype: "float64", values: Float64Array.from(values), nulls: undefined };
  };
  return Frame.fromColumns([...columns.map((values, i) => column(`f${i}`, values)), column("label", labels)]);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
