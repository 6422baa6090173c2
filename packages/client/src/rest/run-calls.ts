import {
  type DatasetInput,
  datasetInputToWire,
  endpoints,
  type FileInfo,
  fileInfoFromWire,
  type Metric,
  metricFromWire,
  metricToWire,
  type ModelInput,
  type ModelOutput,
  type Param,
  type Run,
  runFromWire,
  type RunInfo,
  runInfoFromWire,
  type RunStatus,
  type Tag,
  type ViewType,
} from "@flightdeck/protocol";
import { allItems, type Page, toPage } from "./page.ts";
import type { CallOptions, RestClient } from "./rest-client.ts";

export type CreateRunInput = {
  readonly experimentId: string;
  readonly userId?: string | undefined;
  /** Absent: the tag `mlflow.runName`, else the server makes one up. */
  readonly runName?: string | undefined;
  /** Default now. */
  readonly startTimeMs?: number | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

export type UpdateRunInput = {
  readonly runId: string;
  readonly status?: RunStatus | undefined;
  readonly endTimeMs?: number | undefined;
  readonly runName?: string | undefined;
};

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

export type LogBatchInput = {
  readonly runId: string;
  readonly metrics?: readonly Metric[] | undefined;
  readonly params?: readonly Param[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

export type LogInputsInput = {
  readonly runId: string;
  readonly datasets?: readonly DatasetInput[] | undefined;
  readonly models?: readonly ModelInput[] | undefined;
};

export type MetricHistoryInput = {
  readonly runId: string;
  readonly metricKey: string;
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
};

export type MetricHistoryBulkInput = {
  readonly runIds: readonly string[];
  readonly metricKey: string;
  /** Points of all runs together. */
  readonly maxResults?: number | undefined;
};

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

export type ListArtifactsInput = {
  readonly runId: string;
  /** A folder below the run's artifact root; absent means the root. */
  readonly path?: string | undefined;
  readonly pageToken?: string | undefined;
};

/** A page of a folder; `rootUri` is what the entries' paths are relative to. */
export type ArtifactPage = Page<FileInfo> & { readonly rootUri: string };

/** The calls on runs: their life, metrics, params, tags, inputs and artifacts. */
export type RunCalls = {
  createRun(input: CreateRunInput, options?: CallOptions): Promise<Run>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getRun(runId: string, options?: CallOptions): Promise<Run>;

  updateRun(input: UpdateRunInput, options?: CallOptions): Promise<RunInfo>;

  deleteRun(runId: string, options?: CallOptions): Promise<void>;

  restoreRun(runId: string, options?: CallOptions): Promise<void>;

  /** One page. The default order is newest start first. */
  searchRuns(input: SearchRunsInput, options?: CallOptions): Promise<Page<Run>>;

  /** All pages, fetched as they are needed. */
  searchRunsAll(
    input: Omit<SearchRunsInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<Run, void, undefined>;

  logMetric(runId: string, metric: Metric, options?: CallOptions): Promise<void>;

  /** A param's value never changes: another value for a logged key throws `INVALID_PARAMETER_VALUE`. */
  logParam(runId: string, param: Param, options?: CallOptions): Promise<void>;

  /** One transaction on the server. At most `LIMITS.batch…Max` entries; the fluent API splits larger ones. */
  logBatch(input: LogBatchInput, options?: CallOptions): Promise<void>;

  /** How clients before MLflow 3 record a model: its MLmodel as JSON text. */
  logModelJson(runId: string, modelJson: string, options?: CallOptions): Promise<void>;

  logInputs(input: LogInputsInput, options?: CallOptions): Promise<void>;

  /** Links logged models to the run that made them. */
  logOutputs(runId: string, models: readonly ModelOutput[], options?: CallOptions): Promise<void>;

  setTag(runId: string, tag: Tag, options?: CallOptions): Promise<void>;

  /** An absent tag throws `RESOURCE_DOES_NOT_EXIST`. */
  deleteTag(runId: string, key: string, options?: CallOptions): Promise<void>;

  /** One page of a metric's points, by time, then step. */
  getMetricHistory(input: MetricHistoryInput, options?: CallOptions): Promise<Page<Metric>>;

  /** All points of a metric, fetched as they are needed. */
  getMetricHistoryAll(
    input: Omit<MetricHistoryInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<Metric, void, undefined>;

  /** Points of one metric for up to `LIMITS.bulkIntervalRunsMax` runs, by run id, then time. */
  getMetricHistoryBulk(input: MetricHistoryBulkInput, options?: CallOptions): Promise<readonly RunMetric[]>;

  /** Thinned points of one metric for up to `LIMITS.bulkIntervalRunsMax` runs: what charts ask for. */
  getMetricHistoryBulkInterval(
    input: MetricIntervalInput,
    options?: CallOptions,
  ): Promise<readonly RunMetric[]>;

  /** One page of a run's artifacts, direct children only. */
  listArtifacts(input: ListArtifactsInput, options?: CallOptions): Promise<ArtifactPage>;
};

/** Sends these calls through `rest`. */
export function runCalls(rest: RestClient): RunCalls {
  const calls: RunCalls = {
    async createRun(input, options) {
      const { experimentId, userId, runName, startTimeMs = Date.now(), tags = [] } = input;
      const request = {
        experiment_id: experimentId,
        user_id: userId,
        run_name: runName,
        start_time: startTimeMs,
        tags: [...tags],
      };
      return runFromWire((await rest.call(endpoints.createRun, request, options)).run);
    },

    async getRun(runId, options) {
      return runFromWire((await rest.call(endpoints.getRun, { run_id: runId }, options)).run);
    },

    async updateRun(input, options) {
      const { runId, status, endTimeMs, runName } = input;
      const request = { run_id: runId, status, end_time: endTimeMs, run_name: runName };
      return runInfoFromWire((await rest.call(endpoints.updateRun, request, options)).run_info);
    },

    async deleteRun(runId, options) {
      await rest.call(endpoints.deleteRun, { run_id: runId }, options);
    },

    async restoreRun(runId, options) {
      await rest.call(endpoints.restoreRun, { run_id: runId }, options);
    },

    async searchRuns(input, options) {
      const { experimentIds, runViewType, filter, maxResults, orderBy = [], pageToken } = input;
      const request = {
        experiment_ids: [...experimentIds],
        run_view_type: runViewType,
        filter,
        max_results: maxResults,
        order_by: [...orderBy],
        page_token: pageToken,
      };
      const answer = await rest.call(endpoints.searchRuns, request, options);
      return toPage(answer.runs.map(runFromWire), answer.next_page_token);
    },

    searchRunsAll(input, options) {
      return allItems((pageToken) => calls.searchRuns({ ...input, pageToken }, options));
    },

    async logMetric(runId, metric, options) {
      await rest.call(endpoints.logMetric, { ...metricToWire(metric), run_id: runId }, options);
    },

    async logParam(runId, param, options) {
      await rest.call(endpoints.logParam, { run_id: runId, ...param }, options);
    },

    async logBatch(input, options) {
      const { runId, metrics = [], params = [], tags = [] } = input;
      const request = {
        run_id: runId,
        metrics: metrics.map(metricToWire),
        params: [...params],
        tags: [...tags],
      };
      await rest.call(endpoints.logBatch, request, options);
    },

    async logModelJson(runId, modelJson, options) {
      await rest.call(endpoints.logModel, { run_id: runId, model_json: modelJson }, options);
    },

    async logInputs(input, options) {
      const { runId, datasets = [], models = [] } = input;
      const request = {
        run_id: runId,
        datasets: datasets.map(datasetInputToWire),
        models: models.map(({ modelId }) => ({ model_id: modelId })),
      };
      await rest.call(endpoints.logInputs, request, options);
    },

    async logOutputs(runId, models, options) {
      const outputs = models.map(({ modelId, step }) => ({ model_id: modelId, step }));
      await rest.call(endpoints.logOutputs, { run_id: runId, models: outputs }, options);
    },

    async setTag(runId, tag, options) {
      await rest.call(endpoints.setTag, { run_id: runId, ...tag }, options);
    },

    async deleteTag(runId, key, options) {
      await rest.call(endpoints.deleteTag, { run_id: runId, key }, options);
    },

    async getMetricHistory(input, options) {
      const { runId, metricKey, maxResults, pageToken } = input;
      const request = {
        run_id: runId,
        metric_key: metricKey,
        max_results: maxResults,
        page_token: pageToken,
      };
      const answer = await rest.call(endpoints.getMetricHistory, request, options);
      return toPage(answer.metrics.map(metricFromWire), answer.next_page_token);
    },

    getMetricHistoryAll(input, options) {
      return allItems((pageToken) => calls.getMetricHistory({ ...input, pageToken }, options));
    },

    async getMetricHistoryBulk(input, options) {
      const { runIds, metricKey, maxResults } = input;
      const request = { run_id: [...runIds], metric_key: metricKey, max_results: maxResults };
      const { metrics } = await rest.call(endpoints.getMetricHistoryBulk, request, options);
      return metrics.map(({ run_id: runId, ...metric }) => ({ ...metricFromWire(metric), runId }));
    },

    async getMetricHistoryBulkInterval(input, options) {
      const { runIds, metricKey, startStep, endStep, maxResults } = input;
      const request = {
        run_ids: [...runIds],
        metric_key: metricKey,
        start_step: startStep,
        end_step: endStep,
        max_results: maxResults,
      };
      const { metrics } = await rest.call(endpoints.getMetricHistoryBulkInterval, request, options);
      return metrics.map(({ run_id: runId, ...metric }) => ({ ...metricFromWire(metric), runId }));
    },

    async listArtifacts(input, options) {
      const { runId, path, pageToken } = input;
      const request = { run_id: runId, path, page_token: pageToken };
      const answer = await rest.call(endpoints.listArtifacts, request, options);
      return {
        ...toPage(answer.files.map(fileInfoFromWire), answer.next_page_token),
        rootUri: answer.root_uri,
      };
    },
  };
  return calls;
}
