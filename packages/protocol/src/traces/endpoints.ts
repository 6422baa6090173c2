import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { empty, bool, int64, longText, repeated, shortText, tagSchema } from "../forms.ts";
import { creating, experiment, type Resource, run, trace } from "../access.ts";
import { changesNothingFollowed, endpoint } from "../endpoint.ts";
import { assessmentId, experimentId, runId, traceId } from "../ids.ts";
import { assessmentSchema } from "./assessment.ts";
import {
  traceInfoV2Schema,
  traceStatusSchema,
  type TraceLocation,
  traceInfoSchema,
  traceLocationSchema,
  traceLocationToWire,
  traceSchema,
} from "./trace-info.ts";

const experimentsAt = (locations: readonly TraceLocation[]): readonly Resource[] =>
  locations.flatMap(({ mlflow_experiment: at }) => (at === undefined ? [] : [experiment(at.experiment_id)]));

const oneTraceV2 = z.object({ trace_info: traceInfoV2Schema });
const oneTraceInfo = z.object({ trace: z.object({ trace_info: traceInfoSchema }) });
const oneAssessment = z.object({ assessment: assessmentSchema });
const assessmentKey = z.object({ trace_id: traceId, assessment_id: assessmentId });

/** OpenTelemetry's standard path for OTLP, without an API prefix. */
export const OTLP_TRACES_PATH = "/v1/traces";

/** The trace calls of MLflow 3, and those of earlier clients. */
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

/** Input of `searchTraces`. */
export type SearchTracesInput = {
  readonly experimentIds: readonly string[];
  /** MLflow's grammar over attributes, tags, metadata, spans and assessments. */
  readonly filter?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/** Either ids or a time is required. */
export type DeleteTracesInput = {
  readonly experimentId: string;
  /** Deletes traces that started at this time or earlier, oldest first. */
  readonly maxTimestampMs?: number | undefined;
  readonly maxTraces?: number | undefined;
  readonly traceIds?: readonly string[] | undefined;
};

/** Input of `batchGetTraces`. */
export type BatchGetTracesInput = {
  readonly traceIds: readonly string[];
  /** Limits the result to these experiments. */
  readonly experimentIds?: readonly string[] | undefined;
};

/** Converts the input of `searchTraces` to its wire form. */
export function searchTracesToWire({
  experimentIds,
  filter,
  maxResults,
  orderBy = [],
  pageToken,
}: SearchTracesInput) {
  return {
    locations: experimentIds.map(traceLocationToWire),
    filter,
    max_results: maxResults,
    order_by: [...orderBy],
    page_token: pageToken,
  };
}

/** Converts the input of `deleteTraces` to its wire form. */
export function deleteTracesToWire({
  experimentId,
  maxTimestampMs,
  maxTraces,
  traceIds = [],
}: DeleteTracesInput) {
  return {
    experiment_id: experimentId,
    max_timestamp_millis: maxTimestampMs,
    max_traces: maxTraces,
    request_ids: [...traceIds],
  };
}

type BatchRequest = { trace_ids: string[]; experiment_ids: string[] };

/** Converts the input of `batchGetTraces` and `batchGetTraceInfos` to its wire form. */
export function batchGetTracesToWire({ traceIds, experimentIds = [] }: BatchGetTracesInput): BatchRequest {
  return { trace_ids: [...traceIds], experiment_ids: [...experimentIds] };
}
