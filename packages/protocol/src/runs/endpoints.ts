import { z } from "zod";
import { datasetInputSchema } from "../datasets/dataset.ts";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { int64, repeated, requiredList, requiredText } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { viewTypeSchema } from "../view-type.ts";
import { metricSchema } from "./metric.ts";
import { withRunId } from "./run-reference.ts";
import {
  modelInputSchema,
  modelOutputSchema,
  paramSchema,
  runInfoSchema,
  runSchema,
  runStatusSchema,
} from "./run.ts";

const metricPage = z.object({ metrics: repeated(metricSchema), next_page_token: z.string().optional() });

export const runEndpoints = {
  createRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/create",
    permission: "experiment.edit",
    request: z.object({
      experiment_id: z.string().default("0"),
      user_id: z.string().default(""),
      run_name: z.string().optional(),
      start_time: int64.optional(),
      tags: repeated(tagSchema),
    }),
    response: z.object({ run: runSchema }),
  }),
  getRun: endpoint({
    methods: ["GET"],
    path: "/mlflow/runs/get",
    permission: "experiment.view",
    request: withRunId({}),
    response: z.object({ run: runSchema }),
  }),
  updateRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/update",
    permission: "experiment.edit",
    request: withRunId({
      status: runStatusSchema.optional(),
      end_time: int64.optional(),
      run_name: z.string().optional(),
    }),
    response: z.object({ run_info: runInfoSchema }),
  }),
  deleteRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/delete",
    permission: "experiment.edit",
    request: withRunId({}),
    response: empty,
  }),
  restoreRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/restore",
    permission: "experiment.edit",
    request: withRunId({}),
    response: empty,
  }),
  searchRuns: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/search",
    permission: "experiment.view",
    request: z.object({
      experiment_ids: repeated(z.string()),
      filter: z.string().optional(),
      run_view_type: viewTypeSchema.default("ACTIVE_ONLY"),
      max_results: int64.optional(),
      order_by: repeated(z.string()),
      page_token: z.string().optional(),
    }),
    response: z.object({ runs: repeated(runSchema), next_page_token: z.string().optional() }),
  }),
  logMetric: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-metric",
    permission: "experiment.edit",
    request: withRunId(metricSchema.omit({ run_id: true }).shape),
    response: empty,
  }),
  logParam: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-parameter",
    permission: "experiment.edit",
    request: withRunId(paramSchema.shape),
    response: empty,
  }),
  logBatch: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-batch",
    permission: "experiment.edit",
    request: withRunId({
      metrics: repeated(metricSchema),
      params: repeated(paramSchema),
      tags: repeated(tagSchema),
    }),
    response: empty,
  }),
  /** How clients before 3 record a model: its MLmodel as JSON text goes into the run's `mlflow.log-model.history` tag. */
  logModel: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-model",
    permission: "experiment.edit",
    request: withRunId({ model_json: requiredText }),
    response: empty,
  }),
  logInputs: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/log-inputs",
    permission: "experiment.edit",
    request: withRunId({ datasets: repeated(datasetInputSchema), models: repeated(modelInputSchema) }),
    response: empty,
  }),
  logOutputs: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/outputs",
    permission: "experiment.edit",
    request: withRunId({ models: requiredList(modelOutputSchema) }),
    response: empty,
  }),
  setTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/set-tag",
    permission: "experiment.edit",
    request: withRunId(tagSchema.shape),
    response: empty,
  }),
  deleteTag: endpoint({
    methods: ["POST"],
    path: "/mlflow/runs/delete-tag",
    permission: "experiment.edit",
    request: withRunId({ key: requiredText }),
    response: empty,
  }),
  getMetricHistory: endpoint({
    methods: ["GET"],
    path: "/mlflow/metrics/get-history",
    permission: "experiment.view",
    request: withRunId({
      metric_key: requiredText,
      page_token: z.string().optional(),
      max_results: int64.optional(),
    }),
    response: metricPage,
  }),
  /** Points of one metric for many runs, as MLflow's page asked for them before 2.11. */
  getMetricHistoryBulk: endpoint({
    methods: ["GET"],
    path: "/mlflow/metrics/get-history-bulk",
    permission: "experiment.view",
    request: z.object({
      run_id: repeated(z.string()),
      metric_key: requiredText,
      max_results: int64.optional(),
    }),
    response: z.object({ metrics: repeated(metricSchema.extend({ run_id: z.string() })) }),
  }),
  /** Points of one metric for many runs, thinned to `max_results` per run: what charts ask for. */
  getMetricHistoryBulkInterval: endpoint({
    methods: ["GET"],
    path: "/mlflow/metrics/get-history-bulk-interval",
    permission: "experiment.view",
    request: z.object({
      run_ids: requiredList(z.string()),
      metric_key: requiredText,
      start_step: int64.optional(),
      end_step: int64.optional(),
      max_results: int64.optional(),
    }),
    response: z.object({ metrics: repeated(metricSchema.extend({ run_id: z.string() })) }),
  }),
};
