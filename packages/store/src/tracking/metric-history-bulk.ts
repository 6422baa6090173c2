import { AppError } from "@flightdeck/core";
import { LIMITS, type Metric } from "@flightdeck/protocol";
import type { Work } from "../database/work.ts";
import { getMetricHistory } from "./metric-history.ts";
import type { MetricHistoryBulkInput } from "./tracking-store.ts";

type RunMetric = Metric & { readonly runId: string };

/**
 * Points run by run, in the order of the runs' ids, until there are enough. Within a run by time, then step, as MLflow
 * sorts them.
 */
export function* getMetricHistoryBulk(input: MetricHistoryBulkInput): Work<readonly RunMetric[]> {
  const { runIds, metricKey, maxResults = LIMITS.metricHistoryResultsMax } = input;
  const points: RunMetric[] = [];
  for (const runId of [...new Set(runIds)].toSorted()) {
    const room = Math.min(maxResults, LIMITS.metricHistoryResultsMax) - points.length;
    if (room === 0) break;
    const { items } = yield* getMetricHistory({ runId, metricKey, maxResults: room });
    for (const metric of items) points.push({ ...metric, runId });
  }
  return points;
}

/** In MLflow's words. */
export function checkMetricHistoryBulk({ runIds, maxResults = 1 }: MetricHistoryBulkInput): void {
  if (runIds.length === 0) {
    throw invalid("GetMetricHistoryBulk request must specify at least one run_id.");
  }
  if (runIds.length > LIMITS.bulkIntervalRunsMax) {
    throw invalid(
      `GetMetricHistoryBulk request cannot specify more than ${LIMITS.bulkIntervalRunsMax} run_ids. Received ${runIds.length} run_ids.`,
    );
  }
  if (Number.isInteger(maxResults) && maxResults > 0) return;
  throw invalid(
    `Invalid value ${maxResults} for parameter 'max_results' supplied. It must be a positive integer`,
  );
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}
