import type { Metric } from "@flightdeck/protocol";
import { queryOptions } from "@tanstack/react-query";
import { mlflowClient } from "../../lib/mlflow-client.ts";
import { QUERY_KEYS } from "../../lib/query-keys.ts";

/** The outline has four points per pixel of a chart about 500 pixels wide; the server's maximum is 2,500. */
const OUTLINE_POINTS_MAX = 2000;
/** A thinned history has at least two points per part, so fewer points than this are the whole history. */
const WHOLE_POINTS_MAX = OUTLINE_POINTS_MAX / 4;

/** Steps, both inclusive. */
export type StepRange = { readonly startStep: number; readonly endStep: number };

export type MetricHistory = {
  /** By step, then time, so that the last point is the one that the server calls the latest. */
  readonly points: readonly Metric[];
  /** Whether there may be more points. If so, these are the outline, including the lowest and highest of all. */
  readonly isDense: boolean;
};

/** One metric of a run, or a range of its steps: all points or, if there are many, those that a chart needs. */
export function metricHistoryQuery(runId: string, metricKey: string, range?: StepRange) {
  return queryOptions({
    queryKey: [QUERY_KEYS.metricHistory, runId, metricKey, range],
    queryFn: async ({ signal }): Promise<MetricHistory> => {
      const points = await mlflowClient.getMetricHistoryBulkInterval(
        { runIds: [runId], metricKey, maxResults: OUTLINE_POINTS_MAX, sampling: "m4", ...range },
        { signal },
      );
      return { points, isDense: points.length > WHOLE_POINTS_MAX };
    },
  });
}

/** Total number of points in a chart. Each line has its own outline. */
const TOGETHER_POINTS_MAX = 12_000;
const LINE_POINTS_MAX = 800;
const LINE_POINTS_MIN = 100;

/** One metric of several runs by run id: all points or, if there are many, the outline. */
export function metricHistoriesQuery(runIds: readonly string[], metricKey: string) {
  const fair = Math.floor(TOGETHER_POINTS_MAX / Math.max(1, runIds.length));
  const maxResults = Math.min(LINE_POINTS_MAX, Math.max(LINE_POINTS_MIN, fair));
  return queryOptions({
    queryKey: [QUERY_KEYS.metricHistory, runIds.join(","), metricKey],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, readonly Metric[]>> => {
      const points = await mlflowClient.getMetricHistoryBulkInterval(
        { runIds, metricKey, maxResults, sampling: "m4" },
        { signal },
      );
      return Map.groupBy(points, ({ runId }) => runId);
    },
  });
}
