import { type DatasetInput, datasetInputToWire } from "../datasets.ts";
import type { Tag, ViewType } from "../forms.ts";
import { type Metric, metricToWire, type Param, type RunStatus, type ModelInput } from "./runs.ts";

/** Input of `createRun`. */
export type CreateRunInput = {
  readonly experimentId: string;
  readonly userId?: string | undefined;
  /** Default: the tag `mlflow.runName`, otherwise the server generates one. */
  readonly runName?: string | undefined;
  /** Default now. */
  readonly startTimeMs?: number | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** Input of `updateRun`. */
export type UpdateRunInput = {
  readonly runId: string;
  readonly status?: RunStatus | undefined;
  readonly endTimeMs?: number | undefined;
  readonly runName?: string | undefined;
};

/** Input of `searchRuns`. */
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

/** Input of `logBatch`. */
export type LogBatchInput = {
  readonly runId: string;
  readonly metrics?: readonly Metric[] | undefined;
  readonly params?: readonly Param[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** The entries that one batch adds to a run. They are written all or none. */
export type RunBatch = {
  readonly metrics: readonly Metric[];
  readonly params: readonly Param[];
  readonly tags: readonly Tag[];
};

/** Input of `logInputs`. */
export type LogInputsInput = {
  readonly runId: string;
  readonly datasets?: readonly DatasetInput[] | undefined;
  readonly models?: readonly ModelInput[] | undefined;
};

/** Input of `getMetricHistory`. */
export type MetricHistoryInput = {
  readonly runId: string;
  readonly metricKey: string;
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
};

/** Input of `getMetricHistoryBulk`. */
export type MetricHistoryBulkInput = {
  readonly runIds: readonly string[];
  readonly metricKey: string;
  /** Points in total over all runs. */
  readonly maxResults?: number | undefined;
};

/** Input of `getMetricHistoryBulkInterval`. */
export type MetricIntervalInput = {
  readonly runIds: readonly string[];
  readonly metricKey: string;
  readonly startStep?: number | undefined;
  readonly endStep?: number | undefined;
  /** Points per run; longer histories are sampled. */
  readonly maxResults?: number | undefined;
  /** How to sample. Default `even`, as in MLflow. */
  readonly sampling?: MetricSampling | undefined;
};

/**
 * How a long history is sampled. `even` takes evenly spaced points and misses peaks between them. `m4` divides the
 * history and takes the first, last, lowest and highest point of each part, so that a line through them looks like one
 * through all points (Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014).
 */
export type MetricSampling = (typeof METRIC_SAMPLINGS)[number];

export const METRIC_SAMPLINGS = ["even", "m4"] as const;

/** A metric point with its run. */
export type RunMetric = Metric & { readonly runId: string };

/** Converts the input of `createRun` to its wire form. */
export function createRunToWire({ experimentId, userId, runName, startTimeMs, tags = [] }: CreateRunInput) {
  return {
    experiment_id: experimentId,
    user_id: userId,
    run_name: runName,
    start_time: startTimeMs,
    tags: [...tags],
  };
}

/** Converts the input of `updateRun` to its wire form. */
export function updateRunToWire({ runId, status, endTimeMs, runName }: UpdateRunInput) {
  return { run_id: runId, status, end_time: endTimeMs, run_name: runName };
}

/** Converts the input of `searchRuns` to its wire form. */
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

/** Converts the input of `logBatch` to its wire form. */
export function logBatchToWire({ runId, metrics = [], params = [], tags = [] }: LogBatchInput) {
  return {
    run_id: runId,
    metrics: metrics.map(metricToWire),
    params: [...params],
    tags: [...tags],
  };
}

/** Converts the input of `logInputs` to its wire form. */
export function logInputsToWire({ runId, datasets = [], models = [] }: LogInputsInput) {
  return {
    run_id: runId,
    datasets: datasets.map(datasetInputToWire),
    models: models.map(({ modelId }) => ({ model_id: modelId })),
  };
}

/** Converts the input of `getMetricHistory` to its wire form. */
export function getMetricHistoryToWire({ runId, metricKey, maxResults, pageToken }: MetricHistoryInput) {
  return {
    run_id: runId,
    metric_key: metricKey,
    max_results: maxResults,
    page_token: pageToken,
  };
}

/** Converts the input of `getMetricHistoryBulk` to its wire form. */
export function getMetricHistoryBulkToWire({ runIds, metricKey, maxResults }: MetricHistoryBulkInput) {
  return { run_id: [...runIds], metric_key: metricKey, max_results: maxResults };
}

/** Converts the input of `getMetricHistoryBulkInterval` to its wire form. */
export function getMetricHistoryBulkIntervalToWire({
  runIds,
  metricKey,
  startStep,
  endStep,
  maxResults,
  sampling,
}: MetricIntervalInput) {
  return {
    run_ids: [...runIds],
    metric_key: metricKey,
    start_step: startStep,
    end_step: endStep,
    max_results: maxResults,
    sampling,
  };
}
