import { z } from "zod";
import { modelId, optional } from "../ids.ts";
import { double, doubleToWire, int64, longText, requiredText } from "../scalars.ts";

/** One point of a metric. */
export type Metric = {
  readonly key: string;
  /** Any double, NaN and infinities included. */
  readonly value: number;
  readonly timestampMs: number;
  readonly step: number;
  /** The logged model that was measured, and on which dataset (MLflow 3). */
  readonly modelId?: string;
  readonly datasetName?: string;
  readonly datasetDigest?: string;
  /** The run that measured it: told where points of many runs come together. */
  readonly runId?: string;
};

export const metricSchema = z.object({
  key: requiredText,
  value: double,
  timestamp: int64,
  step: int64.default(0),
  model_id: optional(modelId),
  dataset_name: longText.optional(),
  dataset_digest: longText.optional(),
  run_id: longText.optional(),
});
export type MetricWire = Omit<z.infer<typeof metricSchema>, "value"> & { value: number | string };

export function metricFromWire(wire: z.infer<typeof metricSchema>): Metric {
  return {
    key: wire.key,
    value: wire.value,
    timestampMs: wire.timestamp,
    step: wire.step,
    ...(wire.model_id !== undefined && { modelId: wire.model_id }),
    ...(wire.dataset_name !== undefined && { datasetName: wire.dataset_name }),
    ...(wire.dataset_digest !== undefined && { datasetDigest: wire.dataset_digest }),
    ...(wire.run_id !== undefined && { runId: wire.run_id }),
  };
}

export function metricToWire(metric: Metric): MetricWire {
  return {
    key: metric.key,
    value: doubleToWire(metric.value),
    timestamp: metric.timestampMs,
    step: metric.step,
    ...(metric.modelId !== undefined && { model_id: metric.modelId }),
    ...(metric.datasetName !== undefined && { dataset_name: metric.datasetName }),
    ...(metric.datasetDigest !== undefined && { dataset_digest: metric.datasetDigest }),
    ...(metric.runId !== undefined && { run_id: metric.runId }),
  };
}
