import { randomUUID } from "node:crypto";
import type { Contender } from "./contender.ts";
import { LoadClient, medianMs, throughput } from "./load.ts";

/** How long to measure each throughput, in seconds. */
export const SECONDS = 4;
/** The number of metric points in a session's batch. */
export const SESSION_METRICS = 100;
/** The number of runs that the search covers. */
export const SEARCH_RUNS = 2000;
const BATCH_METRICS = 1000;
const SEARCH_CALLS = 15;

/** One kind of load on a tracking server, and the figure that it measures. */
export type Measurement = {
  readonly name: string;
  readonly lowerIsBetter?: true | undefined;
  readonly of: (server: Contender) => Promise<number>;
};

/** The most common requests of tracking clients, each on runs in a separate experiment. */
export const trackingLoad: readonly Measurement[] = [
  { name: "run sessions/s, 4 clients", of: sessions },
  { name: "log-metric requests/s, 8 clients", of: logMetric },
  { name: "log-batch metrics/s, 4 clients", of: logBatch },
  { name: "get-run, ms (median)", lowerIsBetter: true, of: getRun },
  { name: `filtered search over ${SEARCH_RUNS} runs, ms (median)`, lowerIsBetter: true, of: search },
];

async function sessions(server: Contender): Promise<number> {
  const experimentId = await createExperiment(server);
  return throughput({
    server,
    clients: 4,
    seconds: SECONDS,
    work: (client) => session(client, experimentId),
  });
}

async function session(client: LoadClient, experimentId: string): Promise<number> {
  const runId = await createRun(client, experimentId);
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
    server,
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
    server,
    clients: 4,
    seconds: SECONDS,
    work: async (client, index) => {
      await client.post("/runs/log-batch", { run_id: runIds[index], metrics: points(BATCH_METRICS) });
      return BATCH_METRICS;
    },
  });
}

async function getRun(server: Contender): Promise<number> {
  const [runId] = await runsOn(server, 1);
  const client = new LoadClient(server);
  const time = await medianMs(100, () => client.get(`/runs/get?run_id=${runId}`));
  client.close();
  return time;
}

async function search(server: Contender): Promise<number> {
  const experimentId = await createExperiment(server);
  const client = new LoadClient(server);
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
  const experimentId = await createExperiment(server);
  const client = new LoadClient(server);
  const runIds: string[] = [];
  for (let i = 0; i < count; i++) runIds.push(await createRun(client, experimentId));
  client.close();
  return runIds;
}

async function createExperiment(server: Contender): Promise<string> {
  const client = new LoadClient(server);
  const answer = await client.post("/experiments/create", { name: `load-${randomUUID()}` });
  client.close();
  return (answer as { experiment_id: string }).experiment_id; // As declared in the endpoint table.
}

async function createRun(client: LoadClient, experimentId: string): Promise<string> {
  const answer = await client.post("/runs/create", { experiment_id: experimentId, start_time: Date.now() });
  return (answer as { run: { info: { run_id: string } } }).run.info.run_id; // As declared in the endpoint table.
}

function points(count: number): object[] {
  const timestamp = Date.now();
  return Array.from({ length: count }, (_, step) => ({ key: "loss", value: Math.random(), timestamp, step }));
}

/** The median of a few figures. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
