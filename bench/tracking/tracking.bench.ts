import { fileURLToPath } from "node:url";
import { sleep } from "@flightdeck/core";
import { pythonWith, valueOf } from "@flightdeck/testkit";
import type { BenchTable } from "../shared/table.ts";
import { type Contender, startFastTrackMl, startFlightdeck, startMlflow } from "../shared/contender.ts";
import { LoadClient, medianMs, throughput } from "../shared/load.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MLFLOW = here("../../acceptance/python/requirements.txt");
const FASTTRACKML = here("../python/fasttrackml.txt");
const ROUNDS = 3;
const SECONDS = 4;
const IDLE_MS = 5000;
const SESSION_METRICS = 100;
const BATCH_METRICS = 1000;
const SEARCH_RUNS = 2000;
const SEARCH_CALLS = 15;

export const title = "Tracking server on SQLite";

type Measurement = {
  readonly name: string;
  readonly lowerIsBetter?: true;
  of(server: Contender): Promise<number>;
};

const measurements: readonly Measurement[] = [
  { name: "start to first answer, s", lowerIsBetter: true, of: async (server) => server.startSeconds },
  { name: "idle memory, MiB", lowerIsBetter: true, of: idleMemory },
  { name: "run sessions/s, 4 clients", of: sessions },
  { name: "log-metric requests/s, 8 clients", of: logMetric },
  { name: "log-batch metrics/s, 4 clients", of: logBatch },
  { name: "get-run, ms (median)", lowerIsBetter: true, of: getRun },
  { name: `filtered search over ${SEARCH_RUNS} runs, ms (median)`, lowerIsBetter: true, of: search },
];

/** All servers in one run, started and loaded in turn; the median of the rounds. */
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

/** After a while without requests, as a server that waits for its user. */
async function idleMemory(server: Contender): Promise<number> {
  await sleep(IDLE_MS);
  return server.memoryMib();
}

async function sessions(server: Contender): Promise<number> {
  return throughput({ baseUrl: server.url, clients: 4, seconds: SECONDS, work: session });
}

async function session(client: LoadClient): Promise<number> {
  const runId = await createRun(client);
  await client.post("/runs/log-batch", {
    run_id: runId,
    metrics: points(SESSION_METRICS),
    params: ["a", "b", "c", "d", "e"].map((key) => ({ key, value: "1" })),
  });
  await client.post("/runs/set-tag", { run_id: runId, key: "kind", value: "session" });
  await client.post("/runs/update", { run_id: runId, status: "FINISHED", end_time: Date.now() });
  return 1;
}

async function logMetric(server: Contender): Promise<number> {
  const runIds = await runsOn(server, 8);
  let step = 0;
  return throughput({
    baseUrl: server.url,
    clients: 8,
    seconds: SECONDS,
    work: async (client, index) => {
      step += 1;
      const point = { key: "loss", value: Math.random(), timestamp: Date.now(), step };
      await client.post("/runs/log-metric", { run_id: runIds[index], ...point });
      return 1;
    },
  });
}

async function logBatch(server: Contender): Promise<number> {
  const runIds = await runsOn(server, 4);
  return throughput({
    baseUrl: server.url,
    clients: 4,
    seconds: SECONDS,
    work: async (client, index) => {
      await client.post("/runs/log-batch", { run_id: runIds[index], metrics: points(BATCH_METRICS) });
      return BATCH_METRICS;
    },
  });
}

async function getRun(server: Contender): Promise<number> {
  const client = new LoadClient(server.url);
  const runId = await createRun(client);
  const time = await medianMs(100, () => client.get(`/runs/get?run_id=${runId}`));
  client.close();
  return time;
}

async function search(server: Contender): Promise<number> {
  const client = new LoadClient(server.url);
  const { experiment_id: experimentId } = (await client.post("/experiments/create", {
    name: `search-${Date.now()}`,
  })) as { experiment_id: string }; // The endpoint table says so.
  for (let i = 0; i < SEARCH_RUNS; i++) {
    const runId = await createRun(client, experimentId);
    const metrics = [{ key: "accuracy", value: i / SEARCH_RUNS, timestamp: 1, step: 0 }];
    await client.post("/runs/log-batch", {
      run_id: runId,
      metrics,
      params: [{ key: "depth", value: String(i % 7) }],
    });
  }
  const time = await medianMs(SEARCH_CALLS, () =>
    client.post("/runs/search", {
      experiment_ids: [experimentId],
      filter: "metrics.accuracy > 0.5 and params.depth = '3'",
      order_by: ["metrics.accuracy DESC"],
      max_results: 100,
    }),
  );
  client.close();
  return time;
}

async function runsOn(server: Contender, count: number): Promise<string[]> {
  const client = new LoadClient(server.url);
  const runIds: string[] = [];
  for (let i = 0; i < count; i++) runIds.push(await createRun(client));
  client.close();
  return runIds;
}

async function createRun(client: LoadClient, experimentId = "0"): Promise<string> {
  const answer = await client.post("/runs/create", { experiment_id: experimentId, start_time: Date.now() });
  return (answer as { run: { info: { run_id: string } } }).run.info.run_id; // The endpoint table says so.
}

function points(count: number): object[] {
  const timestamp = Date.now();
  return Array.from({ length: count }, (_, step) => ({ key: "loss", value: Math.random(), timestamp, step }));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
