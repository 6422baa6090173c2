import { fileURLToPath } from "node:url";
import { sleep } from "@flightdeck/core";
import { pythonWith, valueOf } from "@flightdeck/testkit";
import type { BenchTable } from "../shared/table.ts";
import { type Contender, startFastTrackMl, startFlightdeck, startMlflow } from "../shared/contender.ts";
import { type Measurement, median, SECONDS, SESSION_METRICS, trackingLoad } from "../shared/tracking-load.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MLFLOW = here("../../acceptance/python/requirements.txt");
const FASTTRACKML = here("../python/fasttrackml.txt");
const ROUNDS = 3;
const IDLE_MS = 5000;

export const title = "Tracking server on SQLite";

const measurements: readonly Measurement[] = [
  { name: "start to first answer, s", lowerIsBetter: true, of: async (server) => server.startSeconds },
  { name: "idle memory, MiB", lowerIsBetter: true, of: idleMemory },
  ...trackingLoad,
];

/** Starts and loads all servers in turn; the median of the rounds. */
export async function measure(): Promise<BenchTable> {
  const mlflow = valueOf(await pythonWith(MLFLOW));
  const fastTrackMl = valueOf(await pythonWith(FASTTRACKML));
  const starters = [startFlightdeck, () => startMlflow(mlflow), () => startFastTrackMl(fastTrackMl)];
  const samples = starters.map(() => measurements.map((): number[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, start] of starters.entries()) await measureOnce(await start(), samples[index] ?? []);
  }
  const [ours = [], ...theirs] = samples.map((figures) => figures.map(median));
  return {
    columns: ["", "Flightdeck", "MLflow 3.17.2, 1 worker", "ratio", "FastTrackML 0.5.0", "ratio"],
    rows: measurements.map(({ name, lowerIsBetter = false }, row) => {
      const us = ours[row] ?? Number.NaN;
      const compared = theirs.flatMap((figures) => {
        const them = figures[row] ?? Number.NaN;
        return [them, `${(lowerIsBetter ? them / us : us / them).toFixed(1)}×`];
      });
      return [name, us, ...compared];
    }),
    notes: [
      `Median of ${ROUNDS} alternating rounds of ${SECONDS} s; the load comes from the same two cores.`,
      "Flightdeck acknowledges when the write is synced to disk; the others run with their defaults.",
      `A session is create, ${SESSION_METRICS} metrics and 5 params in a batch, a tag, and finish.`,
    ],
  };
}

async function measureOnce(server: Contender, samples: readonly number[][]): Promise<void> {
  try {
    for (const [row, measurement] of measurements.entries()) samples[row]?.push(await measurement.of(server));
  } finally {
    await server.stop();
  }
}

/** Memory after a while without requests, like a server that waits for its user. */
async function idleMemory(server: Contender): Promise<number> {
  await sleep(IDLE_MS);
  return server.memoryMib();
}
