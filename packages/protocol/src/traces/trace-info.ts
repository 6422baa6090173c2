import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { experimentId, traceId } from "../ids.ts";
import { longText, repeated, type Tag, int64, tagSchema, type TagWire } from "../forms.ts";
import {
  type Assessment,
  assessmentFromWire,
  assessmentSchema,
  assessmentToWire,
  type AssessmentWire,
} from "./assessment.ts";
import {
  durationMs,
  durationToWire,
  timestampMs,
  timestampToWire,
  textMapFromWire,
  textMapSchema,
  textMapToWire,
  type TextMapWire,
} from "./wire-values.ts";
import { type Span, spanFromWire, spanSchema, spanToWire, type SpanWire } from "./span.ts";

const traceStateSchema = z.enum(["STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"]);
/** The state of a trace in MLflow 3. */
export type TraceState = z.infer<typeof traceStateSchema>;

/** A trace without its spans. */
export type TraceInfo = {
  /**
   * `tr-` and the 32 hex digits of its OpenTelemetry id, or just 32 hex digits if it was started through version 2 of
   * the API.
   */
  readonly traceId: string;
  readonly experimentId: string;
  readonly requestTimeMs: number;
  /** Absent while the trace is in progress. */
  readonly executionDurationMs?: number | undefined;
  readonly state: TraceState;
  readonly clientRequestId?: string | undefined;
  readonly requestPreview?: string | undefined;
  readonly responsePreview?: string | undefined;
  /** Set when the trace is logged; users cannot change it afterwards. Sorted by key. */
  readonly traceMetadata: readonly Tag[];
  /** Sorted by key. */
  readonly tags: readonly Tag[];
  /** In the order of creation. */
  readonly assessments: readonly Assessment[];
};

const locationSchema = z.object({
  type: longText.default("MLFLOW_EXPERIMENT"),
  mlflow_experiment: z.object({ experiment_id: experimentId }).optional(),
});

/** The location of traces: an experiment. Databricks also has inference tables. */
export const traceLocationSchema = locationSchema;
export type TraceLocation = z.output<typeof traceLocationSchema>;

export const traceInfoSchema = z.object({
  trace_id: traceId,
  trace_location: locationSchema,
  request_time: timestampMs,
  execution_duration: durationMs.optional(),
  state: traceStateSchema.default("STATE_UNSPECIFIED"),
  client_request_id: longText.optional(),
  request_preview: longText.optional(),
  response_preview: longText.optional(),
  trace_metadata: textMapSchema.optional(),
  tags: textMapSchema.optional(),
  assessments: repeated(assessmentSchema, LIMITS.requestItemsMax),
});
type TraceInfoParsed = z.output<typeof traceInfoSchema>;
/**
 * `TraceInfoV3` in MLflow's REST API (`mlflow/protos/service.proto`): `request_time` is an RFC 3339 string,
 * `execution_duration` is like `1.5s`.
 */
export type TraceInfoWire = {
  trace_id: string;
  trace_location: TraceLocationWire;
  request_time: string;
  execution_duration?: string | undefined;
  state: TraceState;
  client_request_id?: string | undefined;
  request_preview?: string | undefined;
  response_preview?: string | undefined;
  trace_metadata: TextMapWire;
  tags: TextMapWire;
  assessments?: AssessmentWire[] | undefined;
};
type TraceLocationWire = { type: "MLFLOW_EXPERIMENT"; mlflow_experiment: { experiment_id: string } };

/** Converts trace info to the wire form of MLflow 3. */
export function traceInfoToWire(info: TraceInfo): TraceInfoWire {
  const { executionDurationMs, clientRequestId, requestPreview, responsePreview, assessments } = info;
  return {
    trace_id: info.traceId,
    trace_location: traceLocationToWire(info.experimentId),
    request_time: timestampToWire(info.requestTimeMs),
    ...(executionDurationMs !== undefined && { execution_duration: durationToWire(executionDurationMs) }),
    state: info.state,
    client_request_id: clientRequestId,
    request_preview: requestPreview,
    response_preview: responsePreview,
    trace_metadata: textMapToWire(info.traceMetadata),
    tags: textMapToWire(info.tags),
    ...(assessments.length > 0 && { assessments: assessments.map(assessmentToWire) }),
  };
}

/** Throws `INVALID_PARAMETER_VALUE` if the trace's location is not an experiment. */
export function traceInfoFromWire(wire: TraceInfoParsed): TraceInfo {
  return {
    traceId: wire.trace_id,
    experimentId: experimentIdFromWire(wire.trace_location),
    requestTimeMs: wire.request_time,
    executionDurationMs: wire.execution_duration,
    state: wire.state,
    clientRequestId: wire.client_request_id,
    requestPreview: wire.request_preview,
    responsePreview: wire.response_preview,
    traceMetadata: textMapFromWire(wire.trace_metadata),
    tags: textMapFromWire(wire.tags),
    assessments: wire.assessments.map(assessmentFromWire),
  };
}

/** Converts the id of a trace's experiment to a trace location. */
export function traceLocationToWire(experimentId: string): TraceLocationWire {
  return { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experimentId } };
}

/** The experiment id of a trace location. Throws `INVALID_PARAMETER_VALUE` for other kinds of locations. */
export function experimentIdFromWire({ type, mlflow_experiment }: z.output<typeof locationSchema>): string {
  if (mlflow_experiment !== undefined) return mlflow_experiment.experiment_id;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `a trace location must be an experiment, as {"mlflow_experiment": {"experiment_id": "0"}}, got the type '${type}'`,
  );
}

/** An unspecified state in version 2. */
const UNSPECIFIED = "TRACE_STATUS_UNSPECIFIED";
export const traceStatusSchema = z.enum([UNSPECIFIED, "OK", "ERROR", "IN_PROGRESS"]);

/** A trace as clients before MLflow 3 read it. */
export const traceInfoV2Schema = z.object({
  request_id: z.string(),
  experiment_id: z.string(),
  timestamp_ms: int64,
  execution_time_ms: int64.default(0),
  status: traceStatusSchema,
  request_metadata: repeated(tagSchema),
  tags: repeated(tagSchema),
});
/** `TraceInfo` in MLflow 2's REST API. Times are UTC milliseconds. */
export type TraceInfoV2Wire = Omit<z.output<typeof traceInfoV2Schema>, "tags" | "request_metadata"> & {
  tags: TagWire[];
  request_metadata: TagWire[];
};

/** Converts trace info to the wire form of MLflow 2. */
export function traceInfoToWireV2(info: TraceInfo): TraceInfoV2Wire {
  return {
    request_id: info.traceId,
    experiment_id: info.experimentId,
    timestamp_ms: info.requestTimeMs,
    execution_time_ms: info.executionDurationMs ?? 0,
    status: traceStatusFromState(info.state),
    request_metadata: [...info.traceMetadata],
    tags: [...info.tags],
  };
}

/**
 * Version 2 has neither previews nor assessments, and does not distinguish a duration of zero from a trace in progress.
 */
export function traceInfoFromWireV2(wire: z.output<typeof traceInfoV2Schema>): TraceInfo {
  return {
    traceId: wire.request_id,
    experimentId: wire.experiment_id,
    requestTimeMs: wire.timestamp_ms,
    ...(wire.status !== "IN_PROGRESS" && { executionDurationMs: wire.execution_time_ms }),
    state: traceStateFromStatus(wire.status),
    traceMetadata: wire.request_metadata,
    tags: wire.tags,
    assessments: [],
  };
}

type TraceStatus = z.output<typeof traceStatusSchema>;

/** Converts a trace status of MLflow 2 to a state of MLflow 3. */
export function traceStateFromStatus(status: TraceStatus): TraceState {
  return status === UNSPECIFIED ? "STATE_UNSPECIFIED" : status;
}

/** Converts a trace state of MLflow 3 to a status of MLflow 2. */
export function traceStatusFromState(state: TraceState): TraceStatus {
  return state === "STATE_UNSPECIFIED" ? UNSPECIFIED : state;
}

/** A trace with its spans: the root span first, the others by start time. */
export type Trace = { readonly info: TraceInfo; readonly spans: readonly Span[] };

export const traceSchema = z.object({ trace_info: traceInfoSchema, spans: repeated(spanSchema) });
/** A trace with its spans in MLflow 3's REST API. */
export type TraceWire = { trace_info: TraceInfoWire; spans: SpanWire[] };

/** Converts a trace with its spans to its wire form. */
export function traceToWire({ info, spans }: Trace): TraceWire {
  return { trace_info: traceInfoToWire(info), spans: spans.map(spanToWire) };
}

/** Converts a trace with its spans from its wire form. */
export function traceFromWire(wire: z.output<typeof traceSchema>): Trace {
  return { info: traceInfoFromWire(wire.trace_info), spans: wire.spans.map(spanFromWire) };
}
