import {
  type ArtifactPage,
  type CreateRunInput,
  createRunToWire,
  endpoints,
  fileInfoFromWire,
  getMetricHistoryBulkIntervalToWire,
  getMetricHistoryBulkToWire,
  getMetricHistoryToWire,
  type ListArtifactsInput,
  listArtifactsToWire,
  type LogBatchInput,
  logBatchToWire,
  type LogInputsInput,
  logInputsToWire,
  type Metric,
  metricFromWire,
  type MetricHistoryBulkInput,
  type MetricHistoryInput,
  type MetricIntervalInput,
  metricToWire,
  type ModelOutput,
  type Page,
  type Param,
  type Run,
  runFromWire,
  type RunInfo,
  runInfoFromWire,
  type RunMetric,
  type SearchRunsInput,
  searchRunsToWire,
  type Tag,
  type UpdateRunInput,
  updateRunToWire,
} from "@flightdeck/protocol";
import { allItems, toPage } from "./page.ts";
import type { CallOptions, RestClient } from "./rest-client.ts";

/** Calls for runs: lifecycle, metrics, params, tags, inputs and artifacts. */
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

  /** Throws `INVALID_PARAMETER_VALUE` if the param was already logged with a different value. */
  logParam(runId: string, param: Param, options?: CallOptions): Promise<void>;

  /**
   * Writes all entries in one transaction. At most `LIMITS.batch…Max` entries; the fluent API splits larger batches.
   */
  logBatch(input: LogBatchInput, options?: CallOptions): Promise<void>;

  /** Records a model as clients before MLflow 3 do: its MLmodel file as JSON text. */
  logModelJson(runId: string, modelJson: string, options?: CallOptions): Promise<void>;

  logInputs(input: LogInputsInput, options?: CallOptions): Promise<void>;

  /** Links logged models to the run that produced them. */
  logOutputs(runId: string, models: readonly ModelOutput[], options?: CallOptions): Promise<void>;

  setTag(runId: string, tag: Tag, options?: CallOptions): Promise<void>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` if the run does not have the tag. */
  deleteTag(runId: string, key: string, options?: CallOptions): Promise<void>;

  /** One page of a metric's points, sorted by time, then step. */
  getMetricHistory(input: MetricHistoryInput, options?: CallOptions): Promise<Page<Metric>>;

  /** All points of a metric, fetched as they are needed. */
  getMetricHistoryAll(
    input: Omit<MetricHistoryInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<Metric, void, undefined>;

  /** Points of one metric for up to `LIMITS.bulkIntervalRunsMax` runs, sorted by run id, then time. */
  getMetricHistoryBulk(input: MetricHistoryBulkInput, options?: CallOptions): Promise<readonly RunMetric[]>;

  /** A sample of one metric's points for up to `LIMITS.bulkIntervalRunsMax` runs, for charts. */
  getMetricHistoryBulkInterval(
    input: MetricIntervalInput,
    options?: CallOptions,
  ): Promise<readonly RunMetric[]>;

  /** One page of the direct children of a folder of the run's artifacts. */
  listArtifacts(input: ListArtifactsInput, options?: CallOptions): Promise<ArtifactPage>;
};

/** The calls, sent through `rest`. */
export function runCalls(rest: RestClient): RunCalls {
  const calls: RunCalls = {
    async createRun(input, options) {
      return runFromWire(
        (
          await rest.call(
            endpoints.createRun,
            createRunToWire({ ...input, startTimeMs: input.startTimeMs ?? Date.now() }),
            options,
          )
        ).run,
      );
    },

    async getRun(runId, options) {
      return runFromWire((await rest.call(endpoints.getRun, { run_id: runId }, options)).run);
    },

    async updateRun(input, options) {
      return runInfoFromWire(
        (await rest.call(endpoints.updateRun, updateRunToWire(input), options)).run_info,
      );
    },

    async deleteRun(runId, options) {
      await rest.call(endpoints.deleteRun, { run_id: runId }, options);
    },

    async restoreRun(runId, options) {
      await rest.call(endpoints.restoreRun, { run_id: runId }, options);
    },

    async searchRuns(input, options) {
      const answer = await rest.call(endpoints.searchRuns, searchRunsToWire(input), options);
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
      await rest.call(endpoints.logBatch, logBatchToWire(input), options);
    },

    async logModelJson(runId, modelJson, options) {
      await rest.call(endpoints.logModel, { run_id: runId, model_json: modelJson }, options);
    },

    async logInputs(input, options) {
      await rest.call(endpoints.logInputs, logInputsToWire(input), options);
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
      const answer = await rest.call(endpoints.getMetricHistory, getMetricHistoryToWire(input), options);
      return toPage(answer.metrics.map(metricFromWire), answer.next_page_token);
    },

    getMetricHistoryAll(input, options) {
      return allItems((pageToken) => calls.getMetricHistory({ ...input, pageToken }, options));
    },

    async getMetricHistoryBulk(input, options) {
      const { metrics } = await rest.call(
        endpoints.getMetricHistoryBulk,
        getMetricHistoryBulkToWire(input),
        options,
      );
      return metrics.map(({ run_id: runId, ...metric }) => ({ ...metricFromWire(metric), runId }));
    },

    async getMetricHistoryBulkInterval(input, options) {
      const { metrics } = await rest.call(
        endpoints.getMetricHistoryBulkInterval,
        getMetricHistoryBulkIntervalToWire(input),
        options,
      );
      return metrics.map(({ run_id: runId, ...metric }) => ({ ...metricFromWire(metric), runId }));
    },

    async listArtifacts(input, options) {
      const answer = await rest.call(endpoints.listArtifacts, listArtifactsToWire(input), options);
      return {
        ...toPage(answer.files.map(fileInfoFromWire), answer.next_page_token),
        rootUri: answer.root_uri,
      };
    },
  };
  return calls;
}
