import { datasetInputFromWire, metricFromWire, metricToWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";

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

/** What a run logs, and the metrics read back. */
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
    const page = await store.tracking.getMetricHistory({
      runId: request.run_id,
      metricKey: request.metric_key,
      ...present({ maxResults: request.max_results, pageToken: request.page_token }),
    });
    return { metrics: page.items.map(metricToWire), ...pageToken(page) };
  },
  getMetricHistoryBulk: async (
    { run_id: runIds, metric_key: metricKey, max_results: maxResults },
    { store },
  ) => {
    const input = { runIds, metricKey, ...present({ maxResults }) };
    const metrics = await store.tracking.getMetricHistoryBulk(input);
    return { metrics: metrics.map((metric) => ({ ...metricToWire(metric), run_id: metric.runId })) };
  },
  getMetricHistoryBulkInterval: async (request, { store }) => {
    const metrics = await store.tracking.getMetricHistoryBulkInterval({
      runIds: request.run_ids,
      metricKey: request.metric_key,
      ...present({
        startStep: request.start_step,
        endStep: request.end_step,
        maxResults: request.max_results,
      }),
    });
    return { metrics: metrics.map((metric) => ({ ...metricToWire(metric), run_id: metric.runId })) };
  },
};
