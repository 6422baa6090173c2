import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { quoteFilterKey, quoteFilterText } from "../../../lib/filter-text.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";
import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { type RunsSearch, runsOrderBy, runsViewType } from "../runs-search.ts";

/** Some 700 kB of JSON for runs with twenty values each: a fraction of a second on a local server. */
const RUNS_PAGE_SIZE = 500;
/** Families on screen at a time; the filter's length stays far below the server's bound. */
const PARENTS_MAX = 500;
/** Children listed on their parent's own page; the experiment's table shows all of them. */
export const CHILDREN_SHOWN_MAX = 1000;

type RunsSearchOf = Pick<RunsSearch, "filter" | "sort" | "dir" | "view"> & { readonly experimentId: string };

/** The runs of an experiment that a filter finds, in the server's order, page by page. */
export function runsQuery({ experimentId, ...search }: RunsSearchOf) {
  const orderBy = runsOrderBy(search);
  const runViewType = runsViewType(search);
  return infiniteQueryOptions({
    queryKey: [QUERY_KEYS.runs, experimentId, { filter: search.filter, orderBy, runViewType }],
    queryFn: ({ pageParam, signal }) =>
      mlflowClient.searchRuns(
        {
          experimentIds: [experimentId],
          filter: search.filter,
          orderBy,
          runViewType,
          maxResults: RUNS_PAGE_SIZE,
          pageToken: pageParam === "" ? undefined : pageParam,
        },
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken,
  });
}

/** Runs by their ids, deleted ones too: parents that a search did not find, runs that are compared. */
export function runsByIdQuery(experimentId: string, runIds: readonly string[]) {
  const wanted = runIds.slice(0, PARENTS_MAX);
  return queryOptions({
    queryKey: [QUERY_KEYS.runs, experimentId, { runIds: wanted }],
    queryFn: async ({ signal }) => {
      const { items } = await mlflowClient.searchRuns(
        {
          experimentIds: [experimentId],
          filter: `attributes.run_id IN (${wanted.map(quoteFilterText).join(", ")})`,
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

/** The runs nested directly in a run. */
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
          filter: `${quoteFilterKey("tags", SYSTEM_TAGS.parentRunId)} = ${quoteFilterText(runId)}`,
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
