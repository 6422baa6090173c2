import { z } from "zod";
import { empty } from "../empty.ts";
import { endpoint } from "../endpoint.ts";
import { bool, int64, repeated } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { assessmentSchema } from "./assessment.ts";
import { traceInfoV2Schema, traceStatusSchema } from "./trace-info-v2.ts";
import { traceInfoSchema, traceLocationSchema } from "./trace-info.ts";
import { traceSchema } from "./trace.ts";

const oneTraceV2 = z.object({ trace_info: traceInfoV2Schema });
const oneTraceInfo = z.object({ trace: z.object({ trace_info: traceInfoSchema }) });
const oneAssessment = z.object({ assessment: assessmentSchema });
const assessmentKey = z.object({ trace_id: z.string(), assessment_id: z.string() });

/** Where the bytes of OTLP go: OpenTelemetry's own path, below no prefix. */
export const OTLP_TRACES_PATH = "/v1/traces";

/** Traces as MLflow 3 logs and reads them, and, where both are there, as clients before it do. */
export const traceEndpoints = {
  startTrace: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces",
    permission: "experiment.edit",
    request: z.object({
      experiment_id: z.string(),
      timestamp_ms: int64,
      request_metadata: repeated(tagSchema),
      tags: repeated(tagSchema),
    }),
    response: oneTraceV2,
  }),
  endTrace: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/traces/{request_id}",
    permission: "experiment.edit",
    request: z.object({
      request_id: z.string(),
      timestamp_ms: int64,
      status: traceStatusSchema,
      request_metadata: repeated(tagSchema),
      tags: repeated(tagSchema),
    }),
    response: oneTraceV2,
  }),
  getTraceInfo: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/{request_id}/info",
    permission: "experiment.view",
    request: z.object({ request_id: z.string() }),
    response: oneTraceV2,
  }),
  searchTraces: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces",
    permission: "experiment.view",
    request: z.object({
      experiment_ids: repeated(z.string()),
      filter: z.string().optional(),
      max_results: int64.optional(),
      order_by: repeated(z.string()),
      page_token: z.string().optional(),
    }),
    response: z.object({ traces: repeated(traceInfoV2Schema), next_page_token: z.string().optional() }),
  }),
  startTraceV3: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces",
    versions: ["3.0"],
    permission: "experiment.edit",
    request: oneTraceInfo,
    response: oneTraceInfo,
  }),
  getTraceInfoV3: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/{trace_id}",
    versions: ["3.0"],
    permission: "experiment.view",
    request: z.object({ trace_id: z.string() }),
    response: oneTraceInfo,
  }),
  getTrace: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/get",
    versions: ["3.0"],
    permission: "experiment.view",
    request: z.object({ trace_id: z.string(), allow_partial: bool.default(false) }),
    response: z.object({ trace: traceSchema }),
  }),
  batchGetTraces: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/batchGet",
    versions: ["3.0"],
    permission: "experiment.view",
    request: z.object({ trace_ids: repeated(z.string()), experiment_ids: repeated(z.string()) }),
    response: z.object({ traces: repeated(traceSchema) }),
  }),
  batchGetTraceInfos: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/batchGetInfos",
    versions: ["3.0"],
    permission: "experiment.view",
    request: z.object({ trace_ids: repeated(z.string()), experiment_ids: repeated(z.string()) }),
    response: z.object({ trace_infos: repeated(traceInfoSchema) }),
  }),
  searchTracesV3: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/search",
    versions: ["3.0"],
    permission: "experiment.view",
    request: z.object({
      locations: z.array(traceLocationSchema),
      filter: z.string().optional(),
      max_results: int64.optional(),
      order_by: repeated(z.string()),
      page_token: z.string().optional(),
    }),
    response: z.object({ traces: repeated(traceInfoSchema), next_page_token: z.string().optional() }),
  }),
  deleteTraces: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/delete-traces",
    versions: ["2.0", "3.0"],
    permission: "experiment.edit",
    request: z.object({
      experiment_id: z.string(),
      max_timestamp_millis: int64.optional(),
      max_traces: int64.optional(),
      request_ids: repeated(z.string()),
    }),
    response: z.object({ traces_deleted: int64.default(0) }),
  }),
  setTraceTag: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/traces/{trace_id}/tags",
    versions: ["2.0", "3.0"],
    permission: "experiment.edit",
    request: z.object({ trace_id: z.string(), key: z.string(), value: z.string().default("") }),
    response: empty,
  }),
  deleteTraceTag: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/traces/{trace_id}/tags",
    versions: ["2.0", "3.0"],
    permission: "experiment.edit",
    request: z.object({ trace_id: z.string(), key: z.string() }),
    response: empty,
  }),
  linkTracesToRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/link-to-run",
    permission: "experiment.edit",
    request: z.object({ trace_ids: repeated(z.string()), run_id: z.string() }),
    response: empty,
  }),
  createAssessment: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/{trace_id}/assessments",
    versions: ["3.0"],
    permission: "experiment.edit",
    request: z.object({ trace_id: z.string(), assessment: assessmentSchema }),
    response: oneAssessment,
  }),
  getAssessment: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/{trace_id}/assessments/{assessment_id}",
    versions: ["3.0"],
    permission: "experiment.view",
    request: assessmentKey,
    response: oneAssessment,
  }),
  updateAssessment: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/traces/{trace_id}/assessments/{assessment_id}",
    versions: ["3.0"],
    permission: "experiment.edit",
    request: assessmentKey.extend({ assessment: assessmentSchema, update_mask: z.string() }),
    response: oneAssessment,
  }),
  deleteAssessment: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/traces/{trace_id}/assessments/{assessment_id}",
    versions: ["3.0"],
    permission: "experiment.edit",
    request: assessmentKey,
    response: empty,
  }),
};
