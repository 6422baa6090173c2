import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { containsPattern } from "../../../lib/filter-text.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";
import { experimentsViewType, type ExperimentsSearch } from "../experiments-search.ts";

/** As many as fit a screen several times over; the rest come by "Load more". */
const EXPERIMENTS_PAGE_SIZE = 200;

/** The experiments whose names hold `q`, newest change first, page by page. */
export function experimentsQuery(search: ExperimentsSearch) {
  const { q } = search;
  const viewType = experimentsViewType(search);
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
