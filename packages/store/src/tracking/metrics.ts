import type { Metric } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { insertRows, type Work } from "../database/work.ts";
import { keyId, type KeyIds } from "./keys.ts";

/** Stores points in the run's history and updates its latest values. Storing a point again changes nothing. */
export function* insertMetrics(runId: number, metrics: readonly Metric[], ids: KeyIds): Work<void> {
  yield* insertRows(
    INSERT_POINTS,
    metrics.map((metric) => pointRow(runId, metric, ids)),
  );
  yield* insertRows(
    UPSERT_LATEST,
    latestPerKey(metrics).map((metric) => pointRow(runId, metric, ids)),
  );
}

type PointRow = {
  readonly value: number;
  readonly is_nan: number;
  readonly step: number;
  readonly timestamp_ms: number;
};

export function metricFromRow(key: string, row: PointRow): Metric {
  return { key, value: storedValue(row), timestampMs: row.timestamp_ms, step: row.step };
}

export function storedValue(row: { readonly value: number; readonly is_nan: number }): number {
  return row.is_nan === 1 ? Number.NaN : row.value;
}

/** SQL has no NaN, so it is stored as 0 with a flag and sorts like 0 among points with the same step and time. */
export function valueColumns(value: number): { readonly value: number; readonly isNan: number } {
  return Number.isNaN(value) ? { value: 0, isNan: 1 } : { value, isNan: 0 };
}

/** MLflow's rule: the highest step, then timestamp, then value wins; among equals, the first. */
export function isLater(a: Metric, b: Metric): boolean {
  if (a.step !== b.step) return a.step > b.step;
  if (a.timestampMs !== b.timestampMs) return a.timestampMs > b.timestampMs;
  return valueColumns(a.value).value > valueColumns(b.value).value;
}

function latestPerKey(metrics: readonly Metric[]): readonly Metric[] {
  const latest = new Map<string, Metric>();
  for (const metric of metrics) {
    const rival = latest.get(metric.key);
    if (rival === undefined || isLater(metric, rival)) latest.set(metric.key, metric);
  }
  return [...latest.values()];
}

function pointRow(runId: number, metric: Metric, ids: KeyIds): readonly number[] {
  const { value, isNan } = valueColumns(metric.value);
  return [runId, keyId(ids, metric.key), metric.timestampMs, metric.step, value, isNan];
}

const POINT_COLUMNS = ["run_id", "key_id", "timestamp_ms", "step", "value", "is_nan"] as const;

const INSERT_POINTS = bulkInsert("metrics", POINT_COLUMNS, { target: [], update: [] });

const UPSERT_LATEST = bulkInsert("latest_metrics", POINT_COLUMNS, {
  target: ["run_id", "key_id"],
  update: ["step", "timestamp_ms", "value", "is_nan"],
  where: `(excluded.step, excluded.timestamp_ms, excluded.value) >
    (latest_metrics.step, latest_metrics.timestamp_ms, latest_metrics.value)`,
});
