import { queryOptions } from "@tanstack/react-query";
import { LIMITS, type Metric } from "@flightdeck/protocol";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";

export type MetricHistory = {
  /** By step, then time, so that the last is what the server calls the latest. */
  readonly points: readonly Metric[];
  /** Whether the server has more than one request may bring. */
  readonly isCut: boolean;
};

/** The points of one metric of a run, up to the most that the server gives at once. */
export function metricHistoryQuery(runId: string, metricKey: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.metricHistory, runId, metricKey],
    queryFn: async ({ signal }): Promise<MetricHistory> => {
      const page = await mlflowClient.getMetricHistory(
        { runId, metricKey, maxResults: LIMITS.metricHistoryResultsMax },
        { signal },
      );
      const points = page.items.toSorted((a, b) => a.step - b.step || a.timestampMs - b.timestampMs);
      return { points, isCut: page.nextPageToken !== undefined };
    },
  });
}
