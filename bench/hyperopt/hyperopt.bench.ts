import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Algorithm, auto, fmin, hp, rand, tpe, Trials } from "@flightdeck/hyperopt";
import { pythonWith, valueOf } from "@flightdeck/testkit";
import type { BenchTable } from "../shared/table.ts";
import { search, TaskServer } from "./quality.ts";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const COUNT = 200;
const ROUNDS = 3;
const SEEDS = 5;
const EVALS = 100;
const TASKS: readonly string[] = ["branin", "hartmann6", "rosenbrock5", "ackley10", "conditional"];
const RIVALS: readonly string[] = ["optuna", "hyperopt-tpe", "hyperopt-anneal"];

export const title = "Search: time of a suggestion, and losses after 100 evaluations";

type Row = BenchTable["rows"][number];

/** Alternates between the contenders, so that load on the machine affects all of them. */
export async function measure(): Promise<BenchTable> {
  const python = valueOf(await pythonWith(here("requirements-rivals.txt")));
  return {
    columns: ["", "auto", "tpe", "rustuna", "Optuna", "hyperopt tpe", "hyperopt anneal"],
    rows: [...(await speeds(python)), ...(await losses(python))],
    notes: [
      `CPU ms: medians of ${ROUNDS} rounds of ${COUNT} suggestions behind a history of random points of a sphere.`,
      `Losses above the minimum: medians of ${SEEDS} seeds after ${EVALS} evaluations. rivals.py runs more seeds, tasks and rivals.`,
      "rustuna 0.2.0, Optuna 5.0.0, hyperopt 0.3.0 with their default settings.",
    ],
  };
}

async function speeds(python: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const trials of [1000, 10_000]) {
    for (const dimensions of [5, 20]) {
      const of = { dimensions, trials };
      const times: Record<string, number[]> = {};
      for (let round = 0; round < ROUNDS; round++) {
        const note = (name: string, time: number): void => void (times[name] ??= []).push(time);
        note("auto", await suggestMs(auto.suggest, of));
        note("tpe", await suggestMs(tpe.suggest, of));
        for (const rival of trials > 1000 ? ["rustuna"] : ["rustuna", "optuna", "hyperopt"]) {
          note(rival, await rivalMs(python, rival, of));
        }
      }
      const cells = ["auto", "tpe", "rustuna", "optuna", "hyperopt"].map((name) => median(times[name] ?? []));
      rows.push([`suggestion at ${trials} trials, ${dimensions}-d, CPU ms`, ...cells.map(orDash), "–"]);
    }
  }
  return rows;
}

type History = { readonly dimensions: number; readonly trials: number };

/** The time of a whole iteration of `fmin`, nearly all of which is the suggestion. */
async function suggestMs(algo: Algorithm, { dimensions, trials: count }: History): Promise<number> {
  const labels = Array.from({ length: dimensions }, (_, i) => `x${i}`);
  const space = Object.fromEntries(labels.map((label) => [label, hp.uniform(label, -5, 5)]));
  const sphere = (point: Readonly<Record<string, number>>): number =>
    Object.values(point).reduce((sum, x) => sum + x * x, 0);
  const trials = new Trials();
  await fmin({ fn: sphere, space, algo: rand.suggest, maxEvals: count, trials, seed: 1 });
  let start = process.cpuUsage();
  const onTrial = (_: unknown, { finishedCount }: { finishedCount: number }): void => {
    if (finishedCount === 1) start = process.cpuUsage(); // The first suggestion also reads the history.
  };
  await fmin({ fn: sphere, space, algo, maxEvals: count + COUNT + 1, trials, seed: 1, onTrial });
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / COUNT;
}

async function rivalMs(python: string, rival: string, { dimensions, trials }: History): Promise<number> {
  const counts = [dimensions, trials, rival === "rustuna" ? COUNT : COUNT / 10];
  const { stdout } = await run(python, [here("suggest_speed.py"), rival, ...counts.map(String)]);
  return Number(stdout);
}

async function losses(python: string): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-bench-hyperopt-"));
  const server = new TaskServer(python);
  try {
    const rows: Row[] = [];
    for (const task of TASKS) {
      const ours = [await ourMedian(server, task, "auto"), await ourMedian(server, task, "tpe")];
      const theirs: number[] = [];
      for (const rival of RIVALS)
        theirs.push(await rivalMedian(python, join(folder, `${rival}.jsonl`), [rival, task]));
      rows.push([`loss on ${task}`, ...ours, "–", ...theirs]);
    }
    return rows;
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function ourMedian(server: TaskServer, task: string, searcher: string): Promise<number> {
  const found: number[] = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    found.push(Math.min(...(await search(server, { task, searcher, seed, evals: EVALS }))));
  }
  return median(found);
}

async function rivalMedian(python: string, out: string, [rival, task]: [string, string]): Promise<number> {
  await run(python, [
    here("rivals.py"),
    rival,
    out,
    "--tasks",
    task,
    "--seeds",
    String(SEEDS),
    "--evals",
    String(EVALS),
  ]);
  const lines = (await readFile(out, "utf8")).trim().split("\n");
  // Written by rivals.py.
  const records = lines.map((line) => JSON.parse(line) as { task: string; best: Record<string, number> });
  return median(
    records.filter((record) => record.task === task).map(({ best }) => best[EVALS] ?? Number.NaN),
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function orDash(value: number): number | string {
  return Number.isNaN(value) ? "–" : value;
}
