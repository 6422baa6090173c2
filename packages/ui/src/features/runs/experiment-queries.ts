import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { type ExperimentsSearch, viewTypeOf } from "../../lib/addresses.ts";
import { mlflowClient } from "../../lib/mlflow-client.ts";
import { containsPattern } from "../../lib/mlflow-text.ts";
import { QUERY_KEYS } from "../../lib/query-keys.ts";

/** Several screens' worth; "Load more" gets the rest. */
const EXPERIMENTS_PAGE_SIZE = 200;

/** Experiments whose names contain `q`, most recently changed first, page by page. */
export function experimentsQuery(search: ExperimentsSearch) {
  const { q } = search;
  const viewType = viewTypeOf(search);
  return infiniteQueryOptions({
    queryKey: [QUERY_KEYS.experiments, q ?? "", viewType],
    queryFn: ({ pageParam, signal }) =>
      mlflowClient.searchExperiments(
        {
          viewType,
          maxResults: EXPERIMENTS_PAGE_SIZE,
          filter: q === undefined ? undefined : `name ILIKE ${containsPattern(q)}`,
          orderBy: ["last_update_time DESC"],
          pageToken: pageParam === "" ? undefined : pageParam,
        },
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken,
  });
}

export function experimentQuery(experimentId: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.experiment, experimentId],
    queryFn: ({ signal }) => mlflowClient.getExperiment(experimentId, { signal }),
  });
}
