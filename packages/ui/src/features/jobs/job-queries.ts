import { type Endpoint, endpoints, type JobRunWire, SYSTEM_TAGS } from "@flightdeck/protocol";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { JobRunsShown } from "../../lib/addresses.ts";
import { mlflowClient } from "../../lib/mlflow-client.ts";
import { quoteFilterKey, quoteFilterText } from "../../lib/mlflow-text.ts";
import { QUERY_KEYS } from "../../lib/query-keys.ts";
import type { ReadLog } from "./job-log.ts";
import { hasEnded } from "./job-run-state.ts";
import type { TrackedRun } from "./job-task.ts";

/** API 2.1's maximum page size. */
const RUNS_PAGE_SIZE = 25;
/** Active runs change state by themselves; the longer interval picks up runs that others start. */
const ACTIVE_RENEW_MS = 1500;
const IDLE_RENEW_MS = 3000;

/** Job runs, newest first, page by page. Refreshed while visible. */
export function jobRunsQuery(show: JobRunsShown | undefined) {
  return infiniteQueryOptions({
    queryKey: [QUERY_KEYS.jobRuns, show ?? ""],
    queryFn: ({ pageParam, signal }) =>
      mlflowClient.call(
        withTasks(endpoints.listJobRuns),
        {
          limit: RUNS_PAGE_SIZE,
          active_only: show === "active",
          completed_only: show === "completed",
          page_token: pageParam === "" ? undefined : pageParam,
        },
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token,
    refetchInterval: ({ state: { data, error } }) => {
      if (error !== null) return false;
      const isActive = data?.pages.some(({ runs }) => runs.some(({ state }) => !hasEnded(state)));
      return isActive === true ? ACTIVE_RENEW_MS : IDLE_RENEW_MS;
    },
  });
}

/** A job run, refreshed until it has ended. */
export function jobRunQuery(runId: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.jobRun, runId],
    queryFn: ({ signal }) =>
      mlflowClient.call(withTasks(endpoints.getJobRun), { run_id: Number(runId) }, { signal }),
    refetchInterval: ({ state: { data, error } }) =>
      error !== null || (data !== undefined && hasEnded(data.state)) ? false : ACTIVE_RENEW_MS,
  });
}

/** Returns a function that reads a run's output. */
export function readRunLog(runId: string, stream: "stdout" | "stderr", signal: AbortSignal): ReadLog {
  return async ({ offset, length }) => {
    const request = { run_id: Number(runId), stream, offset, length };
    const wire = await mlflowClient.call(endpoints.readJobRunLog, request, { signal });
    const { text, next_offset: nextOffset, size, is_complete: isComplete } = wire;
    return { text, nextOffset, size, isComplete };
  };
}

/** Clusters, page by page. Refreshed while visible. */
export function clustersQuery() {
  return infiniteQueryOptions({
    queryKey: [QUERY_KEYS.clusters],
    queryFn: ({ pageParam, signal }) =>
      mlflowClient.call(
        endpoints.listClusters,
        { page_token: pageParam === "" ? undefined : pageParam },
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token,
    refetchInterval: ({ state: { error } }) => (error === null ? IDLE_RENEW_MS : false),
  });
}

export function clusterQuery(clusterId: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.clusters, clusterId],
    queryFn: ({ signal }) => mlflowClient.call(endpoints.getCluster, { cluster_id: clusterId }, { signal }),
  });
}

/** The MLflow run that a job logs to: the one named in its task, or else the one that names the job. */
export function trackedRunQuery({ run_id: jobRunId }: JobRunWire, { runId, experimentId }: TrackedRun) {
  return queryOptions({
    queryKey: [QUERY_KEYS.jobRun, String(jobRunId), "tracked", runId ?? "", experimentId ?? ""],
    queryFn: async ({ signal }) => {
      if (runId !== undefined) return mlflowClient.getRun(runId, { signal });
      const tag = quoteFilterKey("tags", SYSTEM_TAGS.databricksJobRunId);
      const filter = `${tag} = ${quoteFilterText(String(jobRunId))}`;
      const experimentIds = experimentId === undefined ? [] : [experimentId];
      const { items } = await mlflowClient.searchRuns({ experimentIds, filter, maxResults: 1 }, { signal });
      return items[0] ?? null;
    },
    enabled: runId !== undefined || experimentId !== undefined,
  });
}

/** Uses API 2.1, whose answers contain lists of tasks. */
function withTasks<TEndpoint extends Endpoint>(endpoint: TEndpoint): TEndpoint {
  return { ...endpoint, versions: ["2.1"] };
}
