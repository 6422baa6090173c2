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
import { ExperimentCalls } from "./experiment-calls.ts";
import { allItems, type Page, toPage } from "./page.ts";
import type { CallOptions } from "./rest-client.ts";

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

/** The calls on runs; `MlflowClient` adds the rest. */
export class RunCalls extends ExperimentCalls {
  async createRun(input: CreateRunInput, options?: CallOptions): Promise<Run> {
    const { experimentId, userId, runName, startTimeMs = Date.now(), tags = [] } = input;
    const request = {
      experiment_id: experimentId,
      user_id: userId,
      run_name: runName,
      start_time: startTimeMs,
      tags: [...tags],
    };
    return runFromWire((await this.call(endpoints.createRun, request, options)).run);
  }

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  async getRun(runId: string, options?: CallOptions): Promise<Run> {
    return runFromWire((await this.call(endpoints.getRun, { run_id: runId }, options)).run);
  }

  async updateRun(input: UpdateRunInput, options?: CallOptions): Promise<RunInfo> {
    const { runId, status, endTimeMs, runName } = input;
    const request = { run_id: runId, status, end_time: endTimeMs, run_name: runName };
    return runInfoFromWire((await this.call(endpoints.updateRun, request, options)).run_info);
  }

  async deleteRun(runId: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteRun, { run_id: runId }, options);
  }

  async restoreRun(runId: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.restoreRun, { run_id: runId }, options);
  }

  /** One page. The default order is newest start first. */
  async searchRuns(input: SearchRunsInput, options?: CallOptions): Promise<Page<Run>> {
    const { experimentIds, runViewType, filter, maxResults, orderBy = [], pageToken } = input;
    const request = {
      experiment_ids: [...experimentIds],
      run_view_type: runViewType,
      filter,
      max_results: maxResults,
      order_by: [...orderBy],
      page_token: pageToken,
    };
    const answer = await this.call(endpoints.searchRuns, request, options);
    return toPage(answer.runs.map(runFromWire), answer.next_page_token);
  }

  /** All pages, fetched as they are needed. */
  searchRunsAll(
    input: Omit<SearchRunsInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<Run, void, undefined> {
    return allItems((pageToken) => this.searchRuns({ ...input, pageToken }, options));
  }

  async logMetric(runId: string, metric: Metric, options?: CallOptions): Promise<void> {
    await this.call(endpoints.logMetric, { ...metricToWire(metric), run_id: runId }, options);
  }

  /** A param's value never changes: another value for a logged key throws `INVALID_PARAMETER_VALUE`. */
  async logParam(runId: string, param: Param, options?: CallOptions): Promise<void> {
    await this.call(endpoints.logParam, { run_id: runId, ...param }, options);
  }

  /** One transaction on the server. At most `LIMITS.batch…Max` entries; the fluent API splits larger ones. */
  async logBatch(input: LogBatchInput, options?: CallOptions): Promise<void> {
    const { runId, metrics = [], params = [], tags = [] } = input;
    const request = {
      run_id: runId,
      metrics: metrics.map(metricToWire),
      params: [...params],
      tags: [...tags],
    };
    await this.call(endpoints.logBatch, request, options);
  }

  /** How clients before MLflow 3 record a model: its MLmodel as JSON text. */
  async logModelJson(runId: string, modelJson: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.logModel, { run_id: runId, model_json: modelJson }, options);
  }

  async logInputs(input: LogInputsInput, options?: CallOptions): Promise<void> {
    const { runId, datasets = [], models = [] } = input;
    const request = {
      run_id: runId,
      datasets: datasets.map(datasetInputToWire),
      models: models.map(({ modelId }) => ({ model_id: modelId })),
    };
    await this.call(endpoints.logInputs, request, options);
  }

  /** Links logged models to the run that made them. */
  async logOutputs(runId: string, models: readonly ModelOutput[], options?: CallOptions): Promise<void> {
    const outputs = models.map(({ modelId, step }) => ({ model_id: modelId, step }));
    await this.call(endpoints.logOutputs, { run_id: runId, models: outputs }, options);
  }

  async setTag(runId: string, tag: Tag, options?: CallOptions): Promise<void> {
    await this.call(endpoints.setTag, { run_id: runId, ...tag }, options);
  }

  /** An absent tag throws `RESOURCE_DOES_NOT_EXIST`. */
  async deleteTag(runId: string, key: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteTag, { run_id: runId, key }, options);
  }

  /** One page of a metric's points, by time, then step. */
  async getMetricHistory(input: MetricHistoryInput, options?: CallOptions): Promise<Page<Metric>> {
    const { runId, metricKey, maxResults, pageToken } = input;
    const request = { run_id: runId, metric_key: metricKey, max_results: maxResults, page_token: pageToken };
    const answer = await this.call(endpoints.getMetricHistory, request, options);
    return toPage(answer.metrics.map(metricFromWire), answer.next_page_token);
  }

  /** All points of a metric, fetched as they are needed. */
  getMetricHistoryAll(
    input: Omit<MetricHistoryInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<Metric, void, undefined> {
    return allItems((pageToken) => this.getMetricHistory({ ...input, pageToken }, options));
  }

  /** Points of one metric for up to `LIMITS.bulkIntervalRunsMax` runs, by run id, then time. */
  async getMetricHistoryBulk(
    input: MetricHistoryBulkInput,
    options?: CallOptions,
  ): Promise<readonly RunMetric[]> {
    const { runIds, metricKey, maxResults } = input;
    const request = { run_id: [...runIds], metric_key: metricKey, max_results: maxResults };
    const { metrics } = await this.call(endpoints.getMetricHistoryBulk, request, options);
    return metrics.map(({ run_id: runId, ...metric }) => ({ ...metricFromWire(metric), runId }));
  }

  /** Thinned points of one metric for up to `LIMITS.bulkIntervalRunsMax` runs: what charts ask for. */
  async getMetricHistoryBulkInterval(
    input: MetricIntervalInput,
    options?: CallOptions,
  ): Promise<readonly RunMetric[]> {
    const { runIds, metricKey, startStep, endStep, maxResults } = input;
    const request = {
      run_ids: [...runIds],
      metric_key: metricKey,
      start_step: startStep,
      end_step: endStep,
      max_results: maxResults,
    };
    const { metrics } = await this.call(endpoints.getMetricHistoryBulkInterval, request, options);
    return metrics.map(({ run_id: runId, ...metric }) => ({ ...metricFromWire(metric), runId }));
  }

  /** One page of a run's artifacts, direct children only. */
  async listArtifacts(input: ListArtifactsInput, options?: CallOptions): Promise<ArtifactPage> {
    const { runId, path, pageToken } = input;
    const request = { run_id: runId, path, page_token: pageToken };
    const answer = await this.call(endpoints.listArtifacts, request, options);
    return {
      ...toPage(answer.files.map(fileInfoFromWire), answer.next_page_token),
      rootUri: answer.root_uri,
    };
  }
}
