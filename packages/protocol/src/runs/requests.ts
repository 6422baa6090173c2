import { type DatasetInput, datasetInputToWire } from "../datasets/dataset.ts";
import { type Tag } from "../tag.ts";
import { type ViewType } from "../view-type.ts";
import { type Metric, metricToWire } from "./metric.ts";
import { type Param, type RunStatus, type ModelInput } from "./run.ts";

/** What `createRun` takes. */
export type CreateRunInput = {
  readonly experimentId: string;
  readonly userId?: string | undefined;
  /** Absent: the tag `mlflow.runName`, else the server makes one up. */
  readonly runName?: string | undefined;
  /** Default now. */
  readonly startTimeMs?: number | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** What `updateRun` takes. */
export type UpdateRunInput = {
  readonly runId: string;
  readonly status?: RunStatus | undefined;
  readonly endTimeMs?: number | undefined;
  readonly runName?: string | undefined;
};

/** What `searchRuns` takes. */
export type SearchRunsInput = {
  readonly experimentIds: readonly string[];
  /** Default ACTIVE_ONLY. */
  readonly runViewType?: ViewType | undefined;
  /** MLflow's grammar, for example `metrics.accuracy > 0.7 and params.max_depth = "8"`. */
  readonly filter?: string | undefined;
  readonly maxResults?: number | undefined;
  /** For example `metrics.accuracy DESC`. */
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/** What `logBatch` takes. */
export type LogBatchInput = {
  readonly runId: string;
  readonly metrics?: readonly Metric[] | undefined;
  readonly params?: readonly Param[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** What `logInputs` takes. */
export type LogInputsInput = {
  readonly runId: string;
  readonly datasets?: readonly DatasetInput[] | undefined;
  readonly models?: readonly ModelInput[] | undefined;
};

/** What `getMetricHistory` takes. */
export type MetricHistoryInput = {
  readonly runId: string;
  readonly metricKey: string;
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
};

/** What `getMetricHistoryBulk` takes. */
export type MetricHistoryBulkInput = {
  readonly runIds: readonly string[];
  readonly metricKey: string;
  /** Points of all runs together. */
  readonly maxResults?: number | undefined;
};

/** What `getMetricHistoryBulkInterval` takes. */
export type MetricIntervalInput = {
  readonly runIds: readonly string[];
  readonly metricKey: string;
  readonly startStep?: number | undefined;
  readonly endStep?: number | undefined;
  /** Points per run; thinned evenly beyond. */
  readonly maxResults?: number | undefined;
};

/** A point of a metric that tells whose it is. */
export type RunMetric = Metric & { readonly runId: string };

/** The request of `createRun` as it travels. */
export function createRunToWire({ experimentId, userId, runName, startTimeMs, tags = [] }: CreateRunInput) {
  return {
    experiment_id: experimentId,
    user_id: userId,
    run_name: runName,
    start_time: startTimeMs,
    tags: [...tags],
  };
}

/** The request of `updateRun` as it travels. */
export function updateRunToWire({ runId, status, endTimeMs, runName }: UpdateRunInput) {
  return { run_id: runId, status, end_time: endTimeMs, run_name: runName };
}

/** The request of `searchRuns` as it travels. */
export function searchRunsToWire({
  experimentIds,
  runViewType,
  filter,
  maxResults,
  orderBy = [],
  pageToken,
}: SearchRunsInput) {
  return {
    experiment_ids: [...experimentIds],
    run_view_type: runViewType,
    filter,
    max_results: maxResults,
    order_by: [...orderBy],
    page_token: pageToken,
  };
}

/** The request of `logBatch` as it travels. */
export function logBatchToWire({ runId, metrics = [], params = [], tags = [] }: LogBatchInput) {
  return {
    run_id: runId,
    metrics: metrics.map(metricToWire),
    params: [...params],
    tags: [...tags],
  };
}

/** The request of `logInputs` as it travels. */
export function logInputsToWire({ runId, datasets = [], models = [] }: LogInputsInput) {
  return {
    run_id: runId,
    datasets: datasets.map(datasetInputToWire),
    models: models.map(({ modelId }) => ({ model_id: modelId })),
  };
}

/** The request of `getMetricHistory` as it travels. */
export function getMetricHistoryToWire({ runId, metricKey, maxResults, pageToken }: MetricHistoryInput) {
  return {
    run_id: runId,
    metric_key: metricKey,
    max_results: maxResults,
    page_token: pageToken,
  };
}

/** The request of `getMetricHistoryBulk` as it travels. */
export function getMetricHistoryBulkToWire({ runIds, metricKey, maxResults }: MetricHistoryBulkInput) {
  return { run_id: [...runIds], metric_key: metricKey, max_results: maxResults };
}

/** The request of `getMetricHistoryBulkInterval` as it travels. */
export function getMetricHistoryBulkIntervalToWire({
  runIds,
  metricKey,
  startStep,
  endStep,
  maxResults,
}: MetricIntervalInput) {
  return {
    run_ids: [...runIds],
    metric_key: metricKey,
    start_step: startStep,
    end_step: endStep,
    max_results: maxResults,
  };
}
