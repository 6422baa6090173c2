import type { Metric } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { insertRows, type Work } from "../database/work.ts";
import { getLoggedModelRow } from "./logged-model-rows.ts";
import { isLater, valueColumns } from "./metrics.ts";

/** Moves on the values of the logged models that points name. An unknown model throws `RESOURCE_DOES_NOT_EXIST`. */
export function* insertModelMetrics(runId: number, metrics: readonly Metric[]): Work<void> {
  for (const [modelId, points] of byModel(metrics)) {
    const model = yield* getLoggedModelRow(modelId);
    yield* insertRows(
      UPSERT_MODEL_METRICS,
      latest(points).map((metric) => {
        const { value, isNan } = valueColumns(metric.value);
        const { key, datasetName = "", datasetDigest = "", step, timestampMs } = metric;
        return [model.id, key, runId, datasetName, datasetDigest, value, isNan, step, timestampMs];
      }),
    );
  }
}

function byModel(metrics: readonly Metric[]): ReadonlyMap<string, readonly Metric[]> {
  const groups = new Map<string, Metric[]>();
  for (const metric of metrics) {
    if (metric.modelId === undefined) continue;
    const group = groups.get(metric.modelId);
    if (group === undefined) groups.set(metric.modelId, [metric]);
    else group.push(metric);
  }
  return groups;
}

/** One point per row of the table. */
function latest(metrics: readonly Metric[]): readonly Metric[] {
  const points = new Map<string, Metric>();
  for (const metric of metrics) {
    const row = JSON.stringify([metric.key, metric.datasetName, metric.datasetDigest]);
    const rival = points.get(row);
    if (rival === undefined || isLater(metric, rival)) points.set(row, metric);
  }
  return [...points.values()];
}

const UPSERT_MODEL_METRICS = bulkInsert(
  "logged_model_metrics",
  ["model_id", "key", "run_id", "dataset_name", "dataset_digest", "value", "is_nan", "step", "timestamp_ms"],
  {
    target: ["model_id", "key", "run_id", "dataset_name", "dataset_digest"],
    update: ["value", "is_nan", "step", "timestamp_ms"],
    where: `(excluded.step, excluded.timestamp_ms, excluded.value) >
      (logged_model_metrics.step, logged_model_metrics.timestamp_ms, logged_model_metrics.value)`,
  },
);
