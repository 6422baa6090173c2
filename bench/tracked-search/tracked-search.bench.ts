import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { MlflowClient } from "@flightdeck/client";
import { fmin, hp, rand } from "@flightdeck/hyperopt";
import { pythonWith, valueOf } from "@flightdeck/testkit";
import { type Contender, startFlightdeck, startMlflow } from "../shared/contender.ts";
import type { BenchTable } from "../shared/table.ts";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const ROUNDS = 3;
const TRIALS = 1000;
/**
 * Fewer trials, because a thousand would take minutes and hyperopt's rate on MLflow's server does not depend on their
 * number.
 */
const RIVAL_TRIALS = 100;
const STUDY_TRIALS = 100;

export const title = "Tracked searches";

type Figures = { readonly ours: number[]; readonly theirs: number[] };

/** Alternates between the contenders, so that load on the machine affects all of them. */
export async function measure(): Promise<BenchTable> {
  const python = valueOf(await pythonWith(here("../../acceptance/python/requirements.txt")));
  const rates: Figures = { ours: [], theirs: [] };
  const walls: Figures = { ours: [], theirs: [] };
  const cpus: Figures = { ours: [], theirs: [] };
  for (let round = 0; round < ROUNDS; round++) {
    await withServer(await startFlightdeck(), async (server) => {
      rates.ours.push(await ourRate(server));
      note(await study(python, server), { wall: walls.ours, cpu: cpus.ours });
    });
    await withServer(await startMlflow(python), async (server) => {
      rates.theirs.push(await hyperoptRate(python, server));
      note(await study(python, server), { wall: walls.theirs, cpu: cpus.theirs });
    });
  }
  return {
    columns: ["", "Flightdeck", "MLflow 3.17.2, 1 worker", "ratio"],
    rows: [
      row("instant tracked trials/s", rates, "higher"),
      row(`${STUDY_TRIALS} trials in MlflowStorage, s`, walls, "lower"),
      row(`the same, CPU s of the server`, cpus, "lower"),
    ],
    notes: [
      `Medians of ${ROUNDS} alternating rounds; clients and servers share two cores.`,
      `Instant trials: fmin with track, ${TRIALS} trials, until all is on the server; hyperopt 0.3.0 with a nested run of MLflow's client for each of ${RIVAL_TRIALS} trials. Both draw at random.`,
      "MlflowStorage: the stock client of MLflow 3.17.2 and Optuna 5.0.0 with its random sampler, on both servers.",
    ],
  };
}

async function ourRate({ url }: Contender): Promise<number> {
  const startMs = performance.now();
  await fmin({
    fn: ({ x, y }) => x ** 2 + y,
    space: { x: hp.uniform("x", -5, 5), y: hp.loguniform("y", -5, 0) },
    algo: rand.suggest,
    maxEvals: TRIALS,
    seed: 1,
    track: { client: new MlflowClient({ trackingUri: url }), experiment: "tracked", runName: "search" },
  });
  return (TRIALS * 1000) / (performance.now() - startMs);
}

async function hyperoptRate(python: string, server: Contender): Promise<number> {
  const seconds = await script(python, server, [here("hyperopt_tracked.py"), String(RIVAL_TRIALS)]);
  return RIVAL_TRIALS / Number(seconds);
}

type Study = { readonly wall: number; readonly cpu: number };

async function study(python: string, server: Contender): Promise<Study> {
  const before = await server.cpuSeconds();
  const file = here("../../acceptance/python/optuna_study.py");
  const told = await script(python, server, [file, "study", String(STUDY_TRIALS), "random"]);
  const cpu = (await server.cpuSeconds()) - before;
  return { wall: (told as { seconds: number }).seconds, cpu }; // The script's output.
}

async function script(python: string, { url }: Contender, args: readonly string[]): Promise<unknown> {
  const env = {
    ...process.env,
    MLFLOW_TRACKING_URI: url,
    MLFLOW_DISABLE_TELEMETRY: "true",
    GIT_PYTHON_REFRESH: "quiet",
  };
  const { stdout } = await run(python, [...args], { env });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "null") as unknown;
}

async function withServer(server: Contender, work: (server: Contender) => Promise<void>): Promise<void> {
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

function note({ wall, cpu }: Study, into: { readonly wall: number[]; readonly cpu: number[] }): void {
  into.wall.push(wall);
  into.cpu.push(cpu);
}

function row(name: string, { ours, theirs }: Figures, better: "higher" | "lower"): (string | number)[] {
  const [us, them] = [median(ours), median(theirs)];
  return [name, us, them, `${(better === "higher" ? us / them : them / us).toFixed(1)}×`];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
