import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { empty } from "../empty.ts";
import { creating } from "../access/access.ts";
import { experiment, type Resource, run, trace } from "../access/resource.ts";
import { changesNothingFollowed } from "../events/change.ts";
import { endpoint } from "../endpoint.ts";
import { assessmentId, experimentId, runId, traceId } from "../ids.ts";
import { bool, int64, longText, repeated, shortText } from "../scalars.ts";
import { tagSchema } from "../tag.ts";
import { assessmentSchema } from "./assessment.ts";
import { traceInfoV2Schema, traceStatusSchema } from "./trace-info-v2.ts";
import { type TraceLocation, traceInfoSchema, traceLocationSchema } from "./trace-info.ts";
import { traceSchema } from "./trace.ts";

const experimentsAt = (locations: readonly TraceLocation[]): readonly Resource[] =>
  locations.flatMap(({ mlflow_experiment: at }) => (at === undefined ? [] : [experiment(at.experiment_id)]));

const oneTraceV2 = z.object({ trace_info: traceInfoV2Schema });
const oneTraceInfo = z.object({ trace: z.object({ trace_info: traceInfoSchema }) });
const oneAssessment = z.object({ assessment: assessmentSchema });
const assessmentKey = z.object({ trace_id: traceId, assessment_id: assessmentId });

/** Where the bytes of OTLP go: OpenTelemetry's own path, below no prefix. */
export const OTLP_TRACES_PATH = "/v1/traces";

/** Traces as MLflow 3 logs and reads them, and, where both are there, as clients before it do. */
export const traceEndpoints = {
  startTrace: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces",
    edits: ({ experiment_id: id }) => [experiment(id)],
    changes: changesNothingFollowed,
    request: z.object({
      experiment_id: experimentId,
      timestamp_ms: int64,
      request_metadata: repeated(tagSchema, LIMITS.requestItemsMax),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: oneTraceV2,
  }),
  endTrace: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/traces/{request_id}",
    edits: ({ request_id: id }) => [trace(id)],
    changes: changesNothingFollowed,
    request: z.object({
      request_id: traceId,
      timestamp_ms: int64,
      status: traceStatusSchema,
      request_metadata: repeated(tagSchema, LIMITS.requestItemsMax),
      tags: repeated(tagSchema, LIMITS.requestItemsMax),
    }),
    response: oneTraceV2,
  }),
  getTraceInfo: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/{request_id}/info",
    reads: ({ request_id: id }) => [trace(id)],
    request: z.object({ request_id: traceId }),
    response: oneTraceV2,
  }),
  searchTraces: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces",
    reads: ({ experiment_ids: ids }) => ids.map(experiment),
    request: z.object({
      experiment_ids: repeated(experimentId, LIMITS.requestExperimentsMax),
      filter: longText.optional(),
      max_results: int64.optional(),
      order_by: repeated(longText, LIMITS.requestItemsMax),
      page_token: longText.optional(),
    }),
    response: z.object({ traces: repeated(traceInfoV2Schema), next_page_token: z.string().optional() }),
  }),
  startTraceV3: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces",
    versions: ["3.0"],
    edits: ({ trace: { trace_info: info } }) => [
      ...experimentsAt([info.trace_location]),
      creating(trace(info.trace_id)),
    ],
    changes: changesNothingFollowed,
    request: oneTraceInfo,
    response: oneTraceInfo,
  }),
  getTraceInfoV3: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/{trace_id}",
    versions: ["3.0"],
    reads: ({ trace_id: id }) => [trace(id)],
    request: z.object({ trace_id: traceId }),
    response: oneTraceInfo,
  }),
  getTrace: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/get",
    versions: ["3.0"],
    reads: ({ trace_id: id }) => [trace(id)],
    request: z.object({ trace_id: traceId, allow_partial: bool.default(false) }),
    response: z.object({ trace: traceSchema }),
  }),
  batchGetTraces: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/batchGet",
    versions: ["3.0"],
    reads: ({ trace_ids: ids, experiment_ids: experimentIds }) => [
      ...ids.map(trace),
      ...experimentIds.map(experiment),
    ],
    request: z.object({
      trace_ids: repeated(traceId, LIMITS.requestItemsMax),
      experiment_ids: repeated(experimentId, LIMITS.requestExperimentsMax),
    }),
    response: z.object({ traces: repeated(traceSchema) }),
  }),
  batchGetTraceInfos: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/batchGetInfos",
    versions: ["3.0"],
    reads: ({ trace_ids: ids, experiment_ids: experimentIds }) => [
      ...ids.map(trace),
      ...experimentIds.map(experiment),
    ],
    request: z.object({
      trace_ids: repeated(traceId, LIMITS.requestItemsMax),
      experiment_ids: repeated(experimentId, LIMITS.requestExperimentsMax),
    }),
    response: z.object({ trace_infos: repeated(traceInfoSchema) }),
  }),
  searchTracesV3: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/search",
    versions: ["3.0"],
    reads: ({ locations }) => experimentsAt(locations),
    request: z.object({
      locations: z.array(traceLocationSchema).max(LIMITS.requestExperimentsMax),
      filter: longText.optional(),
      max_results: int64.optional(),
      order_by: repeated(longText, LIMITS.requestItemsMax),
      page_token: longText.optional(),
    }),
    response: z.object({ traces: repeated(traceInfoSchema), next_page_token: z.string().optional() }),
  }),
  deleteTraces: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/delete-traces",
    versions: ["2.0", "3.0"],
    edits: ({ experiment_id: id, request_ids: ids }) => [experiment(id), ...ids.map(trace)],
    changes: changesNothingFollowed,
    request: z.object({
      experiment_id: experimentId,
      max_timestamp_millis: int64.optional(),
      max_traces: int64.optional(),
      request_ids: repeated(traceId, LIMITS.requestItemsMax),
    }),
    response: z.object({ traces_deleted: int64.default(0) }),
  }),
  setTraceTag: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/traces/{trace_id}/tags",
    versions: ["2.0", "3.0"],
    edits: ({ trace_id: id }) => [trace(id)],
    changes: changesNothingFollowed,
    request: z.object({ trace_id: traceId, key: shortText, value: longText.default("") }),
    response: empty,
  }),
  deleteTraceTag: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/traces/{trace_id}/tags",
    versions: ["2.0", "3.0"],
    edits: ({ trace_id: id }) => [trace(id)],
    changes: changesNothingFollowed,
    request: z.object({ trace_id: traceId, key: shortText }),
    response: empty,
  }),
  linkTracesToRun: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/link-to-run",
    edits: ({ trace_ids: ids, run_id: id }) => [run(id), ...ids.map(trace)],
    changes: changesNothingFollowed,
    request: z.object({ trace_ids: repeated(traceId, LIMITS.requestItemsMax), run_id: runId }),
    response: empty,
  }),
  createAssessment: endpoint({
    methods: ["POST"],
    path: "/mlflow/traces/{trace_id}/assessments",
    versions: ["3.0"],
    edits: ({ trace_id: id }) => [trace(id)],
    changes: changesNothingFollowed,
    request: z.object({ trace_id: traceId, assessment: assessmentSchema }),
    response: oneAssessment,
  }),
  getAssessment: endpoint({
    methods: ["GET"],
    path: "/mlflow/traces/{trace_id}/assessments/{assessment_id}",
    versions: ["3.0"],
    reads: ({ trace_id: id }) => [trace(id)],
    request: assessmentKey,
    response: oneAssessment,
  }),
  updateAssessment: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/traces/{trace_id}/assessments/{assessment_id}",
    versions: ["3.0"],
    edits: ({ trace_id: id }) => [trace(id)],
    changes: changesNothingFollowed,
    request: assessmentKey.extend({ assessment: assessmentSchema, update_mask: longText }),
    response: oneAssessment,
  }),
  deleteAssessment: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/traces/{trace_id}/assessments/{assessment_id}",
    versions: ["3.0"],
    edits: ({ trace_id: id }) => [trace(id)],
    changes: changesNothingFollowed,
    request: assessmentKey,
    response: empty,
  }),
};
