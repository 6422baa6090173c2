import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newRunId, Random, sleep } from "@flightdeck/core";
import { openStore, type Store } from "@flightdeck/store";
import { startPostgres } from "@flightdeck/testkit";
import { medianMs } from "../shared/load.ts";
import type { BenchTable } from "../shared/table.ts";

const RUNS = 30_000;
const RUNS_PER_WRITE = 500;
const SECONDS = 3;
const ROUNDS = 3;
const WRITERS = 8;
const BATCH_METRICS = 1000;
const SEARCH_CALLS = 15;
const PAGE = 1000;
const TOP = 100;
/** PostgreSQL gathers statistics on new tables by itself, within seconds with the testkit's settings. */
const STATISTICS_MS = 10_000;
/** Seeds the generator of the runs' contents. */
const SEED = 30_000;

export const title = "The store on SQLite and on PostgreSQL, without HTTP";

type Measurement = {
  readonly name: string;
  readonly lowerIsBetter?: true;
  of(subject: Subject): Promise<number>;
};

type Subject = { readonly store: Store; readonly experimentId: string; readonly runIds: readonly string[] };

const measurements: readonly Measurement[] = [
  { name: `log-metric/s, ${WRITERS} writers, a run each`, of: logMetric },
  { name: `log-metric/s, ${WRITERS} writers, one run`, of: logMetricToOne },
  { name: "log-batch points/s, 4 writers", of: logBatch },
  {
    name: "get-run, ms",
    lowerIsBetter: true,
    of: ({ store, runIds }) => median(() => store.tracking.getRun(runIds[0] ?? "")),
  },
  { name: `page of ${PAGE}, ms`, lowerIsBetter: true, of: searching("", [], PAGE) },
  {
    name: `filtered search, top ${TOP}, ms`,
    lowerIsBetter: true,
    of: searching("metrics.m1 > 0.5 AND params.p1 = '3'", ["metrics.m2 DESC"], TOP),
  },
  { name: "search that few runs meet, ms", lowerIsBetter: true, of: searching("params.p5 = '77'", [], TOP) },
];

/** Both stores contain the same runs; measurements alternate. */
export async function measure(): Promise<BenchTable> {
  const postgres = await startPostgres();
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-bench-"));
  const uris = [`sqlite:///${join(folder, "store.db")}`, await postgres.createDatabase()];
  const subjects = await Promise.all(uris.map(openSubject));
  try {
    for (const subject of subjects) await fill(subject);
    await sleep(STATISTICS_MS);
    return tableOf(await measureAll(subjects));
  } finally {
    await Promise.all(subjects.map(({ store }) => store.close()));
    await postgres.close();
    await rm(folder, { recursive: true });
  }
}

async function openSubject(backendStoreUri: string): Promise<Subject> {
  const store = await openStore({ backendStoreUri, defaultArtifactRoot: "mlflow-artifacts:/" });
  const experimentId = await store.tracking.createExperiment({ name: "bench" });
  const created = Array.from({ length: WRITERS }, () => store.tracking.createRun({ experimentId: "0" }));
  const runIds = (await Promise.all(created)).map(({ info }) => info.runId);
  return { store, experimentId, runIds };
}

async function fill({ store, experimentId }: Subject): Promise<void> {
  const random = new Random(SEED);
  const five = [1, 2, 3, 4, 5];
  for (let start = 0; start < RUNS; start += RUNS_PER_WRITE) {
    const runs = Array.from({ length: RUNS_PER_WRITE }, (_, index) => {
      const runId = newRunId();
      const text = (letter: string) =>
        five.map((n) => ({ key: `${letter}${n}`, value: String((start + index) % (n * 100)) }));
      const metrics = five.map((n) => ({ key: `m${n}`, value: random.nextFloat(), timestampMs: 1, step: 0 }));
      return {
        info: {
          runId,
          runName: `run ${start + index}`,
          experimentId,
          userId: "bench",
          status: "FINISHED" as const,
          startTimeMs: start + index,
          endTimeMs: start + index + 1,
          artifactUri: "mlflow-artifacts:/0",
          lifecycleStage: "active" as const,
        },
        data: { metrics, params: text("p"), tags: text("t") },
        inputs: { datasetInputs: [], modelInputs: [] },
        outputs: { modelOutputs: [] },
      };
    });
    await store.imports.importRuns(experimentId, runs);
    await store.imports.importMetrics(
      runs.map(({ info, data }) => ({ runId: info.runId, metrics: data.metrics })),
    );
  }
}

async function measureAll(subjects: readonly Subject[]): Promise<readonly (readonly number[])[]> {
  const rows: number[][] = [];
  for (const measurement of measurements) {
    const samples = subjects.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, subject] of subjects.entries()) samples[index]?.push(await measurement.of(subject));
    }
    rows.push(
      samples.map((figures) => figures.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN),
    );
  }
  return rows;
}

function tableOf(rows: readonly (readonly number[])[]): BenchTable {
  return {
    columns: ["", "SQLite", "PostgreSQL", "PostgreSQL / SQLite"],
    rows: measurements.map(({ name, lowerIsBetter }, row) => {
      const [sqlite = Number.NaN, postgres = Number.NaN] = rows[row] ?? [];
      const ratio = lowerIsBetter ? sqlite / postgres : postgres / sqlite;
      return [name, sqlite, postgres, `${ratio.toFixed(2)}×`];
    }),
    notes: [
      `Median of ${ROUNDS} alternating rounds over ${RUNS} runs with 5 params, 5 metrics and 5 tags each. The ratio is of speed: more is better.`,
      "PostgreSQL runs on the same two cores, reached over the loopback interface, with `fsync` on; both stores acknowledge what is on the disk.",
    ],
  };
}

async function perSecond(writers: number, write: (writer: number) => Promise<number>): Promise<number> {
  const startedMs = performance.now();
  const endMs = startedMs + SECONDS * 1000;
  const counts = await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      let count = 0;
      while (performance.now() < endMs) count += await write(writer);
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - startedMs) / 1000);
}

let step = 0;

function logMetric({ store, runIds }: Subject): Promise<number> {
  return perSecond(WRITERS, async (writer) => {
    await store.tracking.logMetric(runIds[writer] ?? "", {
      key: "loss",
      value: 0.5,
      timestampMs: step,
      step: step++,
    });
    return 1;
  });
}

function logMetricToOne({ store, runIds }: Subject): Promise<number> {
  return logMetric({ store, experimentId: "0", runIds: runIds.map(() => runIds[0] ?? "") });
}

function logBatch({ store, runIds }: Subject): Promise<number> {
  return perSecond(4, async (writer) => {
    const metrics = Array.from({ length: BATCH_METRICS }, () => ({
      key: "batch",
      value: 0.5,
      timestampMs: 1,
      step: step++,
    }));
    await store.tracking.logBatch({ runId: runIds[writer] ?? "", metrics });
    return BATCH_METRICS;
  });
}

function searching(filter: string, orderBy: readonly string[], maxResults: number): Measurement["of"] {
  return ({ store, experimentId }) =>
    median(() =>
      store.tracking.searchRuns({
        experimentIds: [experimentId],
        runViewType: "ACTIVE_ONLY",
        filter,
        orderBy,
        maxResults,
      }),
    );
}

function median(call: () => Promise<unknown>): Promise<number> {
  return medianMs(SEARCH_CALLS, call);
}
