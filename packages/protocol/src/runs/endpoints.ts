import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { datasetInputSchema } from "../datasets.ts";
import { METRIC_SAMPLINGS } from "./requests.ts";
import {
  empty,
  int64,
  longText,
  repeated,
  requiredList,
  requiredText,
  shortText,
  tagSchema,
  viewTypeSchema,
} from "../forms.ts";
import { type Need, reading, experiment, loggedModel, type Resource, run } from "../access.ts";
import { changed, changesRun, endpoint } from "../endpoint.ts";
import { experimentId, experimentIdOrDefault, runId, withRunId } from "../ids.ts";
import {
  metricSchema,
  modelInputSchema,
  modelOutputSchema,
  paramSchema,
  runInfoSchema,
  runSchema,
  runStatusSchema,
} from "./runs.ts";

/** The metric belongs to the run named by the call, so its own `run_id` is ignored. */
const loggedMetric = metricSchema.omit({ run_id: true });
type Measured = { readonly model_id?: string | undefined };

/** The logged models whose metrics a call writes. */
const measuredModels = (metrics: readonly Measured[]): readonly Resource[] =>
  metrics.flatMap(({ model_id: id }) => (id === undefined ? [] : [loggedModel(id)]));

const modelsRead = (models: readonly { readonly model_id: string }[]): readonly Need[] =>
  models.map(({ model_id: id }) => reading(loggedModel(id)));

const metricPage = z.object({ metrics: repeated(metricSchema), next_page_token: z.string().optional() });

export const runEndpoints = {
  createRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/create",
    edits: ({ experiment_id: id }) => [experiment(id)],
    changes: ({ experiment_id: id }, response) => [
      changed.experiment(id),
      changed.run(response.run.info.run_id),
    ],
    request: z.object({
      experiment_id: experimentIdOrDefault,
      user_id: shortText.default(""),
      run_name: shortText.optional(),
      start_time: int64.optional(),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: z.object({ run: runSchema }),
  }),
  getRun: endpoint({
    methods: ["GET"],
    path: "/mlflow/runs/get",
    reads: ({ run_id: id }) => [run(id)],
    request: withRunId({}),
    response: z.object({ run: runSchema }),
  }),
  updateRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/update",
    edits: ({ run_id: id }) => [run(id)],
    isIdempotent: true,
    changes: ({ run_id: id }, { run_info: info }) => [
      changed.experiment(info.experiment_id),
      changed.run(id),
    ],
    request: withRunId({
      status: runStatusSchema.optional(),
      end_time: int64.optional(),
      run_name: shortText.optional(),
    }),
    response: z.object({ run_info: runInfoSchema }),
  }),
  deleteRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/delete",
    edits: ({ run_id: id }) => [run(id)],
    changes: changesRun,
    request: withRunId({}),
    response: empty,
  }),
  restoreRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/restore",
    edits: ({ run_id: id }) => [run(id)],
    changes: changesRun,
    request: withRunId({}),
    response: empty,
  }),
  searchRuns: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/search",
    reads: ({ experiment_ids: ids }) => ids.map(experiment),
    request: z.object({
      experiment_ids: repeated(experimentId, LIMITS.requestExperimentsMax),
      filter: longText.optional(),
      run_view_type: viewTypeSchema.default("ACTIVE_ONLY"),
      max_results: int64.optional(),
      order_by: repeated(longText, LIMITS.requestItemsMax),
      page_token: longText.optional(),
    }),
    response: z.object({ runs: repeated(runSchema), next_page_token: z.string().optional() }),
  }),
  logMetric: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-metric",
    edits: (metric) => [run(metric.run_id), ...measuredModels([metric])],
    isIdempotent: true,
    changes: changesRun,
    request: withRunId(loggedMetric.shape),
    response: empty,
  }),
  logParam: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-parameter",
    edits: ({ run_id: id }) => [run(id)],
    isIdempotent: true,
    changes: changesRun,
    request: withRunId(paramSchema.shape),
    response: empty,
  }),
  logBatch: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-batch",
    edits: ({ run_id: id, metrics }) => [run(id), ...measuredModels(metrics)],
    isIdempotent: true,
    changes: changesRun,
    request: withRunId({
      metrics: repeated(loggedMetric, LIMITS.requestItemsMax),
      params: repeated(paramSchema, LIMITS.requestItemsMax),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: empty,
  }),
  /**
   * Used by clients before MLflow 3 to record a model: appends its MLmodel as JSON text to the run's
   * `mlflow.log-model.history` tag.
   */
  logModel: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-model",
    edits: ({ run_id: id }) => [run(id)],
    changes: changesRun,
    request: withRunId({ model_json: longText.min(1) }),
    response: empty,
  }),
  logInputs: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-inputs",
    edits: ({ run_id: id, models }) => [run(id), ...modelsRead(models)],
    isIdempotent: true,
    changes: changesRun,
    request: withRunId({
      datasets: repeated(datasetInputSchema, LIMITS.requestItemsMax),
      models: repeated(modelInputSchema, LIMITS.requestItemsMax),
    }),
    response: empty,
  }),
  logOutputs: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/outputs",
    edits: ({ run_id: id, models }) => [run(id), ...modelsRead(models)],
    isIdempotent: true,
    changes: changesRun,
    request: withRunId({ models: requiredList(modelOutputSchema, LIMITS.requestItemsMax) }),
    response: empty,
  }),
  setTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/set-tag",
    edits: ({ run_id: id }) => [run(id)],
    isIdempotent: true,
    changes: changesRun,
    request: withRunId(tagSchema.shape),
    response: empty,
  }),
  deleteTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/delete-tag",
    edits: ({ run_id: id }) => [run(id)],
    changes: changesRun,
    request: withRunId({ key: requiredText }),
    response: empty,
  }),
  getMetricHistory: endpoint({
    methods: ["GET"],
    path: "/mlflow/metrics/get-history",
    reads: ({ run_id: id }) => [run(id)],
    request: withRunId({
      metric_key: requiredText,
      page_token: longText.optional(),
      max_results: int64.optional(),
    }),
    response: metricPage,
  }),
  /** Points of one metric for many runs, used by MLflow's page before 2.11. */
  getMetricHistoryBulk: endpoint({
    methods: ["GET"],
    path: "/mlflow/metrics/get-history-bulk",
    reads: ({ run_id: ids }) => ids.map(run),
    request: z.object({
      run_id: repeated(runId, LIMITS.requestItemsMax),
      metric_key: requiredText,
      max_results: int64.optional(),
    }),
    response: z.object({ metrics: repeated(metricSchema.extend({ run_id: z.string() })) }),
  }),
  /** Points of one metric for many runs, for charts: sampled down to `max_results` per run. */
  getMetricHistoryBulkInterval: endpoint({
    methods: ["GET"],
    path: "/mlflow/metrics/get-history-bulk-interval",
    reads: ({ run_ids: ids }) => ids.map(run),
    request: z.object({
      run_ids: requiredList(runId, LIMITS.requestItemsMax),
      metric_key: requiredText,
      start_step: int64.optional(),
      end_step: int64.optional(),
      max_results: int64.optional(),
      /** Flightdeck's own field; MLflow always samples evenly. */
      sampling: z.enum(METRIC_SAMPLINGS).optional(),
    }),
    response: z.object({ metrics: repeated(metricSchema.extend({ run_id: z.string() })) }),
  }),
};
