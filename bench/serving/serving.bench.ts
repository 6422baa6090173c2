import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { RandomForestClassifier } from "@flightdeck/forest";
import { cellAt, type Frame, readParquet } from "@flightdeck/frame";
import { saveModel } from "@flightdeck/models";
import { pythonWith, valueOf } from "@flightdeck/testkit";
import { LABEL, writeTable } from "../forest/split-files.ts";
import { type Contender, FLIGHTDECK, start } from "../shared/contender.ts";
import { LoadClient } from "../shared/load.ts";
import type { BenchTable } from "../shared/table.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const FLIGHTS = here("../../examples/airline/airline_small.parquet");
const REQUIREMENTS = here("../../acceptance/python/serving.txt");
/** Caches fitted models; delete the folder to fit them again. */
const MODELS = here("../results/serving-models");
const ROUNDS = Number(process.env.FLIGHTDECK_BENCH_ROUNDS ?? 3);
const SECONDS = 2;
const ROWS_MANY = 1000;
const SPLIT_SEED = 42;

export const title = "Scoring over HTTP";

type Load = { readonly name: string; readonly clients: number; readonly rows: number };

const LOADS: readonly Load[] = [
  { name: "one row, 1 connection", clients: 1, rows: 1 },
  { name: "one row, 8 connections", clients: 8, rows: 1 },
  { name: "1,000 rows, 2 connections", clients: 2, rows: ROWS_MANY },
];

type Figures = { readonly perSecond: number; readonly p99Ms: number };

/** Runs all servers at once and loads them in turn; the median of the rounds. */
export async function measure(): Promise<BenchTable> {
  const python = valueOf(await pythonWith(REQUIREMENTS));
  const { test } = await fitOnce(python);
  const bodies = new Map(LOADS.map(({ rows }) => [rows, bodyOf(test.slice(0, rows))]));
  // `--env-manager local` uses the Python on PATH.
  process.env.PATH = `${dirname(python)}${delimiter}${process.env.PATH ?? ""}`;
  const contenders: Contender[] = [];
  try {
    for (const each of starters(python)) contenders.push(await each());
    const figures = contenders.map(() => LOADS.map((): Figures[] => []));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [load, { clients, rows }] of LOADS.entries()) {
        for (const [index, { url }] of contenders.entries()) {
          figures[index]?.[load]?.push(await loaded(url, clients, bodies.get(rows) ?? ""));
        }
      }
    }
    const memory = await Promise.all(contenders.map((each) => each.memoryMib()));
    return tableOf(contenders, figures, memory);
  } finally {
    await Promise.all(contenders.map((each) => each.stop()));
  }
}

function starters(python: string): readonly (() => Promise<Contender>)[] {
  const serve =
    (model: string, ...more: string[]) =>
    (port: number): readonly string[] => {
      const args = ["models", "serve", "-m", join(MODELS, model), "-p", String(port), ...more];
      return [process.execPath, FLIGHTDECK, ...args];
    };
  const mlflow = (port: number): readonly string[] => {
    const args = ["-m", join(MODELS, "sklearn"), "-p", String(port), "--env-manager", "local"];
    return [python, "-m", "mlflow", "models", "serve", ...args];
  };
  const local = ["--env-manager", "local", "--workers", "2"];
  return [
    () => start({ name: "Flightdeck, its forest" }, serve("forest"), "/ping"),
    () => start({ name: "Flightdeck, scikit-learn in 2 workers" }, serve("sklearn", ...local), "/ping"),
    () => start({ name: "mlflow models serve, scikit-learn" }, mlflow, "/ping"),
    () => start({ name: "bare node:http" }, (port) => [process.execPath, here("echo.ts"), String(port)], "/"),
  ];
}

async function fitOnce(python: string): Promise<{ readonly test: Frame }> {
  const { train, test } = (await readParquet(FLIGHTS)).split({ testSize: 0.2, seed: SPLIT_SEED });
  const features = test.drop([LABEL]);
  if (existsSync(join(MODELS, "sklearn", "MLmodel"))) return { test: features };
  await mkdir(MODELS, { recursive: true });
  const options = { nEstimators: 100, maxDepth: 12, maxFeatures: 0.5, seed: 1 };
  await saveModel(await new RandomForestClassifier(options).fit(train, LABEL), join(MODELS, "forest"));
  await writeTable(MODELS, "train", train);
  await promisify(execFile)(python, [here("fit.py"), MODELS]);
  return { test: features };
}

function bodyOf(frame: Frame): string {
  const columns = frame.columnNames.map((name) => frame.column(name));
  const data = Array.from({ length: frame.numRows }, (_, row) =>
    columns.map((column) => Number(cellAt(column, row))),
  );
  return JSON.stringify({ dataframe_split: { columns: frame.columnNames, data } });
}

async function loaded(url: string, clients: number, body: string): Promise<Figures> {
  const endMs = performance.now() + SECONDS * 1000;
  const startedMs = performance.now();
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new LoadClient({ url });
      while (performance.now() < endMs) {
        const sentMs = performance.now();
        await client.postText("/invocations", body);
        times.push(performance.now() - sentMs);
      }
      client.close();
    }),
  );
  const perSecond = (times.length * 1000) / (performance.now() - startedMs);
  const sorted = times.toSorted((a, b) => a - b);
  return { perSecond, p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN };
}

function tableOf(
  contenders: readonly Contender[],
  figures: readonly (readonly (readonly Figures[])[])[],
  memory: readonly number[],
): BenchTable {
  const byLoad = LOADS.flatMap(({ name }, load) => [
    [`${name}, requests/s`, ...figures.map((each) => median(each[load]?.map(({ perSecond }) => perSecond)))],
    [`${name}, p99 ms`, ...figures.map((each) => median(each[load]?.map(({ p99Ms }) => p99Ms)))],
  ]);
  return {
    columns: ["", ...contenders.map(({ name }) => name)],
    rows: [
      ["start to first answer, s", ...contenders.map(({ startSeconds }) => startSeconds)],
      ["memory after the load, MiB", ...memory],
      ...byLoad,
    ],
    notes: [
      "Setting A: 100 trees of depth 12, half of the features; scikit-learn 1.9.0 with n_jobs=2, as it was trained; MLflow 3.17.2.",
      `Median of ${ROUNDS} alternating rounds of ${SECONDS} s; the load comes from the same two cores.`,
      "The bare server reads the body and answers a constant.",
    ],
  };
}

function median(values: readonly number[] = []): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
