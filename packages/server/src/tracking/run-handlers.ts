import {
  datasetInputFromWire,
  LIMITS,
  loggedModelToWire,
  metricFromWire,
  metricToWire,
  runInfoToWire,
  runToWire,
} from "@flightdeck/protocol";
import type { SearchRunsInput } from "@flightdeck/store";
import type { Handlers } from "../calls/handler.ts";
import { LongResponse } from "../calls/long-response.ts";
import { artifactPage, type ServedArtifacts } from "../storage/served-artifacts.ts";

type RunHandlers = Pick<
  Handlers,
  "createRun" | "getRun" | "updateRun" | "deleteRun" | "restoreRun" | "searchRuns"
>;

export const runHandlers: RunHandlers = {
  createRun: async (request, { store, principal }) => {
    const run = await store.tracking.createRun({
      experimentId: request.experiment_id,
      userId: request.user_id === "" ? principal.name : request.user_id,
      tags: request.tags,
      runName: request.run_name,
      startTimeMs: request.start_time,
    });
    return { run: runToWire(run) };
  },
  getRun: async ({ run_id: runId }, { store }) => {
    return { run: runToWire(await store.tracking.getRun(runId)) };
  },
  updateRun: async (request, { store }) => {
    const info = await store.tracking.updateRun({
      runId: request.run_id,
      status: request.status,
      endTimeMs: request.end_time,
      runName: request.run_name,
    });
    return { run_info: runInfoToWire(info) };
  },
  deleteRun: async ({ run_id: runId }, { store }) => {
    await store.tracking.deleteRun(runId);
    return {};
  },
  restoreRun: async ({ run_id: runId }, { store }) => {
    await store.tracking.restoreRun(runId);
    return {};
  },
  searchRuns: async (request, { store }) => {
    const input: SearchRunsInput = {
      experimentIds: request.experiment_ids,
      runViewType: request.run_view_type,
      orderBy: request.order_by,
      filter: request.filter,
      maxResults: request.max_results,
      pageToken: request.page_token,
    };
    if ((request.max_results ?? 0) > LIMITS.searchRunsResultsDefault) {
      return LongResponse.of("runs", store.tracking.searchRunsInSlices(input), runToWire);
    }
    const page = await store.tracking.searchRuns(input);
    return { runs: page.items.map(runToWire), next_page_token: page.nextPageToken };
  },
};

type LoggingHandlers = Pick<
  Handlers,
  | "logMetric"
  | "logParam"
  | "logBatch"
  | "logModel"
  | "logInputs"
  | "logOutputs"
  | "setTag"
  | "deleteTag"
  | "getMetricHistory"
  | "getMetricHistoryBulk"
  | "getMetricHistoryBulkInterval"
>;

/** Logging to runs, and reading metrics back. */
export const loggingHandlers: LoggingHandlers = {
  logMetric: async (request, { store }) => {
    await store.tracking.logMetric(request.run_id, metricFromWire(request));
    return {};
  },
  logParam: async ({ run_id: runId, key, value }, { store }) => {
    await store.tracking.logParam(runId, { key, value });
    return {};
  },
  logBatch: async ({ run_id: runId, metrics, params, tags }, { store }) => {
    await store.tracking.logBatch({ runId, metrics: metrics.map(metricFromWire), params, tags });
    return {};
  },
  logModel: async ({ run_id: runId, model_json: modelJson }, { store }) => {
    await store.tracking.logModelJson(runId, modelJson);
    return {};
  },
  logInputs: async ({ run_id: runId, datasets, models }, { store }) => {
    const modelInputs = models.map(({ model_id: modelId }) => ({ modelId }));
    await store.tracking.logInputs(runId, datasets.map(datasetInputFromWire), modelInputs);
    return {};
  },
  logOutputs: async ({ run_id: runId, models }, { store }) => {
    const outputs = models.map(({ model_id: modelId, step }) => ({ modelId, step }));
    await store.tracking.logOutputs(runId, outputs);
    return {};
  },
  setTag: async ({ run_id: runId, key, value }, { store }) => {
    await store.tracking.setTag(runId, { key, value });
    return {};
  },
  deleteTag: async ({ run_id: runId, key }, { store }) => {
    await store.tracking.deleteTag(runId, key);
    return {};
  },
  getMetricHistory: async (request, { store }) => {
    const slices = store.tracking.getMetricHistoryInSlices({
      runId: request.run_id,
      metricKey: request.metric_key,
      maxResults: request.max_results,
      pageToken: request.page_token,
    });
    return LongResponse.of("metrics", slices, metricToWire);
  },
  getMetricHistoryBulk: async (
    { run_id: runIds, metric_key: metricKey, max_results: maxResults },
    { store },
  ) => {
    const input = { runIds, metricKey, maxResults };
    const metrics = await store.tracking.getMetricHistoryBulk(input);
    return { metrics: metrics.map((metric) => ({ ...metricToWire(metric), run_id: metric.runId })) };
  },
  getMetricHistoryBulkInterval: async (request, { store }) => {
    const metrics = await store.tracking.getMetricHistoryBulkInterval({
      runIds: request.run_ids,
      metricKey: request.metric_key,
      startStep: request.start_step,
      endStep: request.end_step,
      maxResults: request.max_results,
      sampling: request.sampling,
    });
    return { metrics: metrics.map((metric) => ({ ...metricToWire(metric), run_id: metric.runId })) };
  },
};

type LoggedModelHandlers = Pick<
  Handlers,
  | "createLoggedModel"
  | "getLoggedModel"
  | "finalizeLoggedModel"
  | "deleteLoggedModel"
  | "searchLoggedModels"
  | "setLoggedModelTags"
  | "deleteLoggedModelTag"
  | "logLoggedModelParams"
  | "listLoggedModelArtifacts"
>;

export function loggedModelHandlers({
  artifacts,
}: {
  readonly artifacts: ServedArtifacts;
}): LoggedModelHandlers {
  return {
    createLoggedModel: async (request, { store }) => {
      const model = await store.tracking.createLoggedModel({
        experimentId: request.experiment_id,
        modelType: request.model_type,
        params: request.params,
        tags: request.tags,
        // An empty name means none, as in protobuf's JSON form.
        name: request.name || undefined,
        sourceRunId: request.source_run_id,
      });
      return { model: loggedModelToWire(model) };
    },
    getLoggedModel: async ({ model_id: modelId }, { store }) => {
      return { model: loggedModelToWire(await store.tracking.getLoggedModel(modelId)) };
    },
    finalizeLoggedModel: async ({ model_id: modelId, status }, { store }) => {
      return { model: loggedModelToWire(await store.tracking.finalizeLoggedModel(modelId, status)) };
    },
    deleteLoggedModel: async ({ model_id: modelId }, { store }) => {
      await store.tracking.deleteLoggedModel(modelId);
      return {};
    },
    searchLoggedModels: async (request, { store }) => {
      const orderBy = request.order_by.map((order) => ({
        fieldName: order.field_name,
        ascending: order.ascending,
        datasetName: order.dataset_name,
        datasetDigest: order.dataset_digest,
      }));
      const datasets = request.datasets.map((dataset) => ({
        datasetName: dataset.dataset_name,
        datasetDigest: dataset.dataset_digest,
      }));
      const page = await store.tracking.searchLoggedModels({
        experimentIds: request.experiment_ids,
        datasets,
        orderBy,
        filter: request.filter,
        maxResults: request.max_results,
        pageToken: request.page_token,
      });
      return { models: page.items.map(loggedModelToWire), next_page_token: page.nextPageToken };
    },
    setLoggedModelTags: async ({ model_id: modelId, tags }, { store }) => {
      return { model: loggedModelToWire(await store.tracking.setLoggedModelTags(modelId, tags)) };
    },
    deleteLoggedModelTag: async ({ model_id: modelId, tag_key: key }, { store }) => {
      await store.tracking.deleteLoggedModelTag(modelId, key);
      return {};
    },
    logLoggedModelParams: async ({ model_id: modelId, params }, { store }) => {
      await store.tracking.logLoggedModelParams(modelId, params);
      return {};
    },
    listLoggedModelArtifacts: async (request, { store }) => {
      const { artifactUri } = await store.tracking.getLoggedModel(request.model_id);
      const files = await artifacts.list(artifactUri, request.artifact_directory_path ?? "");
      return { root_uri: artifactUri, ...artifactPage(files, request.page_token) };
    },
  };
}
