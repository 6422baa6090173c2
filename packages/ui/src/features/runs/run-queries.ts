import { endpoints, type Run } from "@flightdeck/protocol";
import { queryOptions, useMutation, type UseMutationResult, useQueryClient } from "@tanstack/react-query";
import { type RunsSearch, viewTypeOf } from "../../lib/addresses.ts";
import { mlflowClient } from "../../lib/mlflow-client.ts";
import { childRunsFilter, quoteFilterKey, runIdsFilter } from "../../lib/mlflow-text.ts";
import { QUERY_KEYS } from "../../lib/query-keys.ts";
import { metricDirection } from "./column-summary.ts";
import { runsOrderBy } from "./run-columns.ts";
import { keepRuns } from "./run-loader.ts";
import type { OutlinedRun } from "./run-tree.ts";

/** Six screens of rows; about 300 kB of JSON for runs with twenty values each. */
const FIRST_RUNS = 200;
/** Parents requested at once; the filter stays far below the server's length limit. */
const PARENTS_MAX = 500;
/** Children listed on their parent's page; the experiment's table shows all of them. */
export const CHILDREN_SHOWN_MAX = 1000;

export type RunsSearchOf = Pick<RunsSearch, "filter" | "sort" | "dir" | "view"> & {
  readonly experimentId: string;
};

/** The runs that a search finds, in the server's order, without their data. */
export type RunOutline = {
  readonly runs: readonly OutlinedRun[];
  /** Whether more runs match than an outline lists. */
  readonly isCut: boolean;
};

/** Converts an address's search to the client's arguments. */
export function searchOf({ experimentId, ...search }: RunsSearchOf) {
  return {
    experimentIds: [experimentId],
    filter: search.filter,
    orderBy: runsOrderBy(search),
    runViewType: viewTypeOf(search),
  };
}

/** All runs that match a filter. */
export function runOutlineQuery(asked: RunsSearchOf) {
  const { experimentId } = asked;
  const { filter, orderBy, runViewType } = searchOf(asked);
  return queryOptions({
    queryKey: [QUERY_KEYS.runs, experimentId, { outline: true, filter, orderBy, runViewType }],
    queryFn: async ({ signal }): Promise<RunOutline> => {
      const wire = await mlflowClient.call(
        endpoints.outlineRuns,
        { experiment_ids: [experimentId], filter, order_by: [...orderBy], run_view_type: runViewType },
        { signal },
      );
      const { run_ids: runIds, parents, parent_ids: parentIds, is_cut: isCut } = wire;
      const runs = runIds.map((runId, index) => ({ runId, parentRunId: parentIds[parents[index] ?? -1] }));
      return { runs, isCut };
    },
    structuralSharing: false, // Comparing a hundred thousand ids takes longer than drawing the visible rows.
  });
}

/** The first runs that match a filter, with their data. Also caches them for the table's rows. */
export function firstRunsQuery(asked: RunsSearchOf) {
  const search = searchOf(asked);
  return queryOptions({
    queryKey: [QUERY_KEYS.runs, asked.experimentId, { ...search, first: FIRST_RUNS }],
    queryFn: async ({ client, signal }) => {
      const { items } = await mlflowClient.searchRuns({ ...search, maxResults: FIRST_RUNS }, { signal });
      keepRuns(client, items);
      return items;
    },
  });
}

/** The keys of all runs of an experiment, each kind sorted. */
export type RunKeys = Readonly<Record<"metrics" | "params" | "tags", readonly string[]>>;

export function runKeysQuery(experimentId: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.runs, experimentId, "keys"],
    queryFn: ({ signal }): Promise<RunKeys> =>
      mlflowClient.call(endpoints.listRunKeys, { experiment_ids: [experimentId] }, { signal }),
  });
}

/** The most frequent values of a parameter or tag that contain a text. */
export function runValuesQuery(experimentId: string, kind: "params" | "tags", key: string, contains: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.runs, experimentId, { values: kind, key, contains }],
    queryFn: async ({ signal }) => {
      const { values } = await mlflowClient.call(
        endpoints.listRunValues,
        { experiment_ids: [experimentId], kind, key, contains },
        { signal },
      );
      return values.map(({ value, run_count: runCount }) => ({ value, runCount }));
    },
  });
}

/**
 * The runs with the best values of a metric among all matches, best first. The server puts those without a value last.
 */
export function bestRunsQuery(asked: RunsSearchOf, metric: string, count: number) {
  const { filter, runViewType, experimentIds } = searchOf(asked);
  const direction = metricDirection(metric) === "min" ? "ASC" : "DESC";
  const orderBy = [`${quoteFilterKey("metrics", metric)} ${direction}`];
  return queryOptions({
    queryKey: [QUERY_KEYS.runs, asked.experimentId, { filter, orderBy, runViewType, count }],
    queryFn: async ({ signal }) => {
      const { items } = await mlflowClient.searchRuns(
        { experimentIds, filter, orderBy, runViewType, maxResults: count },
        { signal },
      );
      return items;
    },
  });
}

/** Runs by id, including deleted ones: parents that a search did not find, or runs to compare. */
export function runsByIdQuery(experimentId: string, runIds: readonly string[]) {
  const wanted = runIds.slice(0, PARENTS_MAX);
  return queryOptions({
    queryKey: [QUERY_KEYS.runs, experimentId, { runIds: wanted }],
    queryFn: async ({ signal }) => {
      const { items } = await mlflowClient.searchRuns(
        {
          experimentIds: [experimentId],
          filter: runIdsFilter(wanted),
          runViewType: "ALL",
          maxResults: PARENTS_MAX,
        },
        { signal },
      );
      return items;
    },
    enabled: wanted.length > 0,
  });
}

/** A run's direct children. */
export function childRunsQuery(
  experimentId: string,
  runId: string,
  search: Pick<RunsSearch, "sort" | "dir">,
) {
  const orderBy = runsOrderBy(search);
  return queryOptions({
    queryKey: [QUERY_KEYS.runs, experimentId, { parent: runId, orderBy }],
    queryFn: ({ signal }) =>
      mlflowClient.searchRuns(
        {
          experimentIds: [experimentId],
          filter: childRunsFilter(runId),
          orderBy,
          maxResults: CHILDREN_SHOWN_MAX,
        },
        { signal },
      ),
  });
}

export function runQuery(runId: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.run, runId],
    queryFn: ({ signal }) => mlflowClient.getRun(runId, { signal }),
  });
}

/** Whether a run's children share metrics, as the trials of a search do. The first two children suffice. */
export function hasTrialsQuery({ info: { experimentId, runId } }: Run) {
  return queryOptions({
    queryKey: [QUERY_KEYS.runs, experimentId, { trialsOf: runId }],
    queryFn: async ({ signal }) => {
      const { items } = await mlflowClient.searchRuns(
        {
          experimentIds: [experimentId],
          filter: childRunsFilter(runId),
          orderBy: ["attributes.start_time ASC"],
          maxResults: 2,
        },
        { signal },
      );
      const [first, second] = items.map(({ data }) => data.metrics.map(({ key }) => key));
      return first?.some((key) => second?.includes(key)) === true;
    },
  });
}

export type LifecycleChange = { readonly runIds: readonly string[]; readonly to: "deleted" | "active" };

/** Concurrent requests. A browser opens six connections to a server, and the page needs some for itself. */
const PARALLEL_MAX = 4;

/** Deletes or restores runs. Deleted runs stay on the server until its trash is emptied. */
export function useRunLifecycle(): UseMutationResult<void, Error, LifecycleChange> {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ runIds, to }: LifecycleChange) => {
      const waiting = [...runIds];
      const work = async (): Promise<void> => {
        for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await changeRun(id, to);
      };
      await Promise.all(Array.from({ length: PARALLEL_MAX }, work));
    },
    onSettled: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.runs] }),
        queryClient.invalidateQueries({ queryKey: [QUERY_KEYS.run] }),
      ]),
  });
}

function changeRun(runId: string, to: LifecycleChange["to"]): Promise<void> {
  return to === "deleted" ? mlflowClient.deleteRun(runId) : mlflowClient.restoreRun(runId);
}
