import type { Run } from "@flightdeck/protocol";
import { type QueryClient, queryOptions, useQueries } from "@tanstack/react-query";
import { runIdsFilter } from "../../lib/mlflow-text.ts";
import { mlflowClient } from "../../lib/mlflow-client.ts";
import { QUERY_KEYS } from "../../lib/query-keys.ts";
import { type RunRow, toRunRow } from "./run-columns.ts";

/*
 * Loads the rows in view, however many runs there are. Each run is its own query, so that an event refreshes only the
 * affected rows and rows that were scrolled away are dropped. Concurrent queries share a request.
 */

/** Keeps rows that were scrolled away, in case the user scrolls back. */
const KEPT_MS = 30_000;
/** Two screens of rows; the filter that lists them stays below 4 kB. */
const BATCH_RUNS_MAX = 100;
/** Rows that scroll past within this time are never requested. */
const GATHER_MS = 40;
/** Concurrent requests. While they run, further rows may be wanted and others no longer. */
const PARALLEL_MAX = 2;

const NOT_FOUND = "The server no longer has this run";

/** Returns the runs with these ids that are loaded so far, and loads the others. */
export function useWindowRows(experimentId: string, runIds: readonly string[]): ReadonlyMap<string, RunRow> {
  return useQueries({
    queries: runIds.map((runId) => windowRunQuery(experimentId, runId)),
    combine: rowsById,
  });
}

/** Caches runs that were loaded some other way, such as with the first page of a search. */
export function keepRuns(queryClient: QueryClient, runs: readonly Run[]): void {
  for (const run of runs) queryClient.setQueryData([QUERY_KEYS.run, run.info.runId], run);
}

function windowRunQuery(experimentId: string, runId: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.run, runId],
    queryFn: ({ signal }) => loaderOf(experimentId).load(runId, signal),
    gcTime: KEPT_MS,
  });
}

function rowsById(results: readonly { readonly data: Run | undefined }[]): ReadonlyMap<string, RunRow> {
  return new Map(results.flatMap(({ data }) => (data === undefined ? [] : [[data.info.runId, rowOf(data)]])));
}

const rows = new WeakMap<Run, RunRow>();

/** Returns the same row for the same run, so that rendering does not create new ones. */
function rowOf(run: Run): RunRow {
  const row = rows.get(run) ?? toRunRow(run);
  rows.set(run, row);
  return row;
}

type Waiting = {
  readonly runId: string;
  readonly signal: AbortSignal;
  readonly resolve: (run: Run) => void;
  readonly reject: (error: unknown) => void;
};

const loaders = new Map<string, RunLoader>();

function loaderOf(experimentId: string): RunLoader {
  const loader = loaders.get(experimentId) ?? new RunLoader(experimentId);
  loaders.set(experimentId, loader);
  return loader;
}

/** Batches an experiment's runs that are requested at nearly the same time. */
class RunLoader {
  readonly #experimentId: string;
  #waiting: Waiting[] = [];
  #isScheduled = false;
  #underWay = 0;

  constructor(experimentId: string) {
    this.#experimentId = experimentId;
  }

  load(runId: string, signal: AbortSignal): Promise<Run> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ runId, signal, resolve, reject });
      this.#schedule(GATHER_MS);
    });
  }

  #schedule(delayMs: number): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(() => this.#send(), delayMs);
  }

  #send(): void {
    this.#isScheduled = false;
    // Drop queries that nobody is waiting for anymore.
    this.#waiting = this.#waiting.filter(({ signal }) => !signal.aborted);
    while (this.#waiting.length > 0 && this.#underWay < PARALLEL_MAX) {
      void this.#fetch(this.#waiting.splice(0, BATCH_RUNS_MAX)); // Never rejects; each query gets its error.
    }
  }

  async #fetch(batch: readonly Waiting[]): Promise<void> {
    this.#underWay += 1;
    try {
      const found = await this.#search(batch.map(({ runId }) => runId));
      for (const { runId, resolve, reject } of batch) {
        const run = found.get(runId);
        if (run === undefined) reject(new TypeError(NOT_FOUND));
        else resolve(run);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.#underWay -= 1;
    if (this.#waiting.length > 0) this.#schedule(0);
  }

  async #search(runIds: readonly string[]): Promise<ReadonlyMap<string, Run>> {
    const { items } = await mlflowClient.searchRuns({
      experimentIds: [this.#experimentId],
      filter: runIdsFilter(runIds),
      runViewType: "ALL",
      maxResults: BATCH_RUNS_MAX,
    });
    return new Map(items.map((run) => [run.info.runId, run]));
  }
}
