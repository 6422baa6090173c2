import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pythonWith, valueOf } from "@flightdeck/testkit";
import { type Contender, FLIGHTDECK, startFlightdeck, startMlflow } from "../shared/contender.ts";
import { LoadClient, medianMs } from "../shared/load.ts";
import type { BenchTable } from "../shared/table.ts";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MLFLOW = here("../../acceptance/python/requirements.txt");

const RUNS = 30_000;
const RUNS_FEW = 3_000;
const RUNS_MANY = 100_000;
const CALLS = 15;
const MILLION = 1_000_000;
const BATCH = 1000;

export const title = "Search over many runs, and batches into a long history";

/** Fills MLflow's database directly and imports it into ours, so that both contain the same runs. */
export async function measure(): Promise<BenchTable> {
  const python = valueOf(await pythonWith(MLFLOW));
  const folder = await mkdtemp(join(tmpdir(), "flightdeck-bench-search-"));
  try {
    const [few, middle, many] = [join(folder, "few"), join(folder, "middle"), join(folder, "many")];
    await fill(python, few, RUNS_FEW);
    await fill(python, middle, RUNS);
    await fill(python, many, RUNS_MANY);
    const ours = await withServer(() => startFlightdeck(middle), searches);
    const theirs = await withServer(() => startMlflow(python, middle), searches);
    const oursFew = await withServer(() => startFlightdeck(few), searches);
    const oursMany = await withServer(() => startFlightdeck(many), searches);
    const batches = await withServer(() => startFlightdeck(), batchTimes);
    return {
      columns: ["", "Flightdeck", "compared with", "", "ratio"],
      rows: [
        [
          "filtered top-100 of 30,000 runs, ms",
          ours.top,
          "MLflow 3.17.2",
          theirs.top,
          times(theirs.top, ours.top),
        ],
        [
          "the same, 1 run in 120 matches, ms",
          ours.rare,
          "MLflow 3.17.2",
          theirs.rare,
          times(theirs.rare, ours.rare),
        ],
        [
          "page of 1,000 of 30,000 runs, ms",
          ours.page,
          "MLflow 3.17.2",
          theirs.page,
          times(theirs.page, ours.page),
        ],
        [
          "filtered top-100 of 100,000 runs, ms",
          oursMany.top,
          "of 3,000",
          oursFew.top,
          times(oursMany.top, oursFew.top),
        ],
        [
          "the same, 1 run in 120 matches, ms",
          oursMany.rare,
          "of 3,000",
          oursFew.rare,
          times(oursMany.rare, oursFew.rare),
        ],
        [
          "top-100 by end time of 100,000 runs, ms",
          oursMany.ordered,
          "of 3,000",
          oursFew.ordered,
          times(oursMany.ordered, oursFew.ordered),
        ],
        [
          "batch of 1,000 into a million points, ms",
          batches.full,
          "empty run",
          batches.empty,
          times(batches.full, batches.empty),
        ],
      ],
      notes: [
        `Medians of ${CALLS} calls over HTTP; each run has 5 params, 5 metrics and 5 tags.`,
        "The first three ratios say how many times faster, the others how many times slower than the small case.",
        "One run in 6 matches the first filter; of 3,000 runs only 25 match the rare one, so its top-100 is not full there.",
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(python: string, folder: string, runs: number): Promise<void> {
  await run("mkdir", ["-p", folder]);
  const database = join(folder, "mlflow.db");
  await run(python, [here("../python/fill_mlflow.py"), database, String(runs)]);
  await run(process.execPath, [FLIGHTDECK, "import", `sqlite:///${database}`, "--data-dir", folder]);
}

async function withServer<T>(start: () => Promise<Contender>, work: (url: string) => Promise<T>): Promise<T> {
  const server = await start();
  try {
    return await work(server.url);
  } finally {
    await server.stop();
  }
}

type SearchTimes = {
  readonly top: number;
  readonly rare: number;
  readonly ordered: number;
  readonly page: number;
};

const FILTER = "metrics.accuracy > 0.5 and params.kind = 'a'";
const RARE_FILTER = "metrics.accuracy > 0.5 and params.depth = '3' and tags.tag_1 = '1'";

async function searches(url: string): Promise<SearchTimes> {
  const client = new LoadClient({ url });
  const found = await client.get("/experiments/get-by-name?experiment_name=bench");
  const { experiment } = found as { experiment: { experiment_id: string } }; // As declared in the endpoint table.
  const search = { experiment_ids: [experiment.experiment_id] };
  const top100 = (filter: string, order: string): Promise<number> =>
    medianMs(CALLS, () =>
      client.post("/runs/search", { ...search, filter, order_by: [order], max_results: 100 }),
    );
  const top = await top100(FILTER, "metrics.accuracy DESC");
  const rare = await top100(RARE_FILTER, "metrics.accuracy DESC");
  const ordered = await top100("", "attributes.end_time DESC");
  const page = await medianMs(CALLS, () => client.post("/runs/search", { ...search, max_results: 1000 }));
  client.close();
  return { top, rare, ordered, page };
}

/** Times a batch logged to a run without history and to one with a million points, alternating. */
async function batchTimes(url: string): Promise<{ empty: number; full: number }> {
  const client = new LoadClient({ url });
  const full = await createRun(client);
  for (let step = 0; step < MILLION; step += BATCH) await logBatch(client, full, step);
  const fullTimes: number[] = [];
  const emptyTimes: number[] = [];
  for (let round = 0; round < CALLS; round++) {
    const empty = await createRun(client);
    emptyTimes.push(await medianMs(1, () => logBatch(client, empty, 0)));
    fullTimes.push(await medianMs(1, () => logBatch(client, full, MILLION + round * BATCH)));
  }
  client.close();
  return { empty: median(emptyTimes), full: median(fullTimes) };
}

async function createRun(client: LoadClient): Promise<string> {
  const answer = await client.post("/runs/create", { experiment_id: "0", start_time: Date.now() });
  return (answer as { run: { info: { run_id: string } } }).run.info.run_id; // As declared in the endpoint table.
}

function logBatch(client: LoadClient, runId: string, firstStep: number): Promise<unknown> {
  const metrics = Array.from({ length: BATCH }, (_, i) => ({
    key: "loss",
    value: Math.random(),
    timestamp: Date.now(),
    step: firstStep + i,
  }));
  return client.post("/runs/log-batch", { run_id: runId, metrics });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function times(a: number, b: number): string {
  return `${(a / b).toFixed(a / b < 10 ? 2 : 0)}×`;
}
