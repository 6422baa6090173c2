import { type Endpoint, endpoints, type JobRunWire, SYSTEM_TAGS } from "@flightdeck/protocol";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { quoteFilterKey, quoteFilterText } from "../../../lib/filter-text.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";
import { hasEnded } from "../job-run-state.ts";
import type { JobRunsShown } from "../jobs-search.ts";
import type { ReadLog } from "../log/follow-log.ts";
import type { TrackedRun } from "../tracked-run.ts";

/** As many as API 2.1 gives at once. */
const RUNS_PAGE_SIZE = 25;
/** Runs go from state to state by themselves; those that others start are seen within the longer time. */
const ACTIVE_RENEW_MS = 1500;
const IDLE_RENEW_MS = 3000;

/** Runs of jobs, newest first, page by page; renewed while they are looked at. */
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

/** One run, renewed until it has ended. */
export function jobRunQuery(runId: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.jobRun, runId],
    queryFn: ({ signal }) =>
      mlflowClient.call(withTasks(endpoints.getJobRun), { run_id: Number(runId) }, { signal }),
    refetchInterval: ({ state: { data, error } }) =>
      error !== null || (data !== undefined && hasEnded(data.state)) ? false : ACTIVE_RENEW_MS,
  });
}

/** How the output of a run is read. */
export function readRunLog(runId: string, stream: "stdout" | "stderr", signal: AbortSignal): ReadLog {
  return async ({ offset, length }) => {
    const request = { run_id: Number(runId), stream, offset, length };
    const wire = await mlflowClient.call(endpoints.readJobRunLog, request, { signal });
    const { text, next_offset: nextOffset, size, is_complete: isComplete } = wire;
    return { text, nextOffset, size, isComplete };
  };
}

/** Clusters, page by page; renewed while they are looked at. */
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

/** The MLflow run that a job logs to: the one that its task names, else the one that names the job. */
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

/** The same call in the version that has lists of tasks in its answers. */
function withTasks<TEndpoint extends Endpoint>(endpoint: TEndpoint): TEndpoint {
  return { ...endpoint, versions: ["2.1"] };
}
