import type { LoggedModel, Run } from "@flightdeck/protocol";
import { queryOptions } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { quoteFilterText } from "../../../lib/filter-text.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";

/** Models of one run shown at a time; a run with more is a collection, to be searched in the experiment. */
const RUN_MODELS_MAX = 100;

/** The models that a run logged, oldest first. */
export function runModelsQuery({ info }: Run) {
  return queryOptions({
    queryKey: [QUERY_KEYS.loggedModels, { runId: info.runId }],
    queryFn: async ({ signal }): Promise<readonly LoggedModel[]> => {
      const { items } = await mlflowClient.searchLoggedModels(
        {
          experimentIds: [info.experimentId],
          filter: `source_run_id = ${quoteFilterText(info.runId)}`,
          maxResults: RUN_MODELS_MAX,
          orderBy: [{ fieldName: "creation_timestamp", ascending: true }],
        },
        { signal },
      );
      return items;
    },
  });
}

export function loggedModelQuery(modelId: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.loggedModel, modelId],
    queryFn: ({ signal }) => mlflowClient.getLoggedModel(modelId, { signal }),
  });
}
