import { AppError } from "@flightdeck/core";
import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { experimentId, traceId } from "../ids.ts";
import { longText, repeated } from "../scalars.ts";
import type { Tag } from "../tag.ts";
import {
  type Assessment,
  assessmentFromWire,
  assessmentSchema,
  assessmentToWire,
  type AssessmentWire,
} from "./assessment.ts";
import { durationMs, durationToWire, timestampMs, timestampToWire } from "./protobuf-times.ts";
import { textMapFromWire, textMapSchema, textMapToWire, type TextMapWire } from "./text-map.ts";

export const traceStateSchema = z.enum(["STATE_UNSPECIFIED", "OK", "ERROR", "IN_PROGRESS"]);
export type TraceState = z.infer<typeof traceStateSchema>;

/** What is known of a trace beside its spans. */
export type TraceInfo = {
  /** `tr-` and 32 hex digits, those of its OpenTelemetry id, or 32 hex digits when it was started through version 2. */
  readonly traceId: string;
  readonly experimentId: string;
  readonly requestTimeMs: number;
  /** Absent while it is in progress. */
  readonly executionDurationMs?: number;
  readonly state: TraceState;
  readonly clientRequestId?: string;
  readonly requestPreview?: string;
  readonly responsePreview?: string;
  /** Set when it is logged, and not changed by users afterwards; sorted by key. */
  readonly traceMetadata: readonly Tag[];
  /** Sorted by key. */
  readonly tags: readonly Tag[];
  /** In the order in which they were made. */
  readonly assessments: readonly Assessment[];
};

const locationSchema = z.object({
  type: longText.default("MLFLOW_EXPERIMENT"),
  mlflow_experiment: z.object({ experiment_id: experimentId }).optional(),
});

/** Where traces are: an experiment. Databricks knows inference tables besides. */
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
export type TraceInfoWire = {
  trace_id: string;
  trace_location: TraceLocationWire;
  request_time: string;
  execution_duration?: string;
  state: TraceState;
  client_request_id?: string;
  request_preview?: string;
  response_preview?: string;
  trace_metadata: TextMapWire;
  tags: TextMapWire;
  assessments?: AssessmentWire[];
};
export type TraceLocationWire = { type: "MLFLOW_EXPERIMENT"; mlflow_experiment: { experiment_id: string } };

export function traceInfoToWire(info: TraceInfo): TraceInfoWire {
  const { executionDurationMs, clientRequestId, requestPreview, responsePreview, assessments } = info;
  return {
    trace_id: info.traceId,
    trace_location: traceLocationToWire(info.experimentId),
    request_time: timestampToWire(info.requestTimeMs),
    ...(executionDurationMs !== undefined && { execution_duration: durationToWire(executionDurationMs) }),
    state: info.state,
    ...(clientRequestId !== undefined && { client_request_id: clientRequestId }),
    ...(requestPreview !== undefined && { request_preview: requestPreview }),
    ...(responsePreview !== undefined && { response_preview: responsePreview }),
    trace_metadata: textMapToWire(info.traceMetadata),
    tags: textMapToWire(info.tags),
    ...(assessments.length > 0 && { assessments: assessments.map(assessmentToWire) }),
  };
}

/** Throws `INVALID_PARAMETER_VALUE` for a trace that lies in no experiment. */
export function traceInfoFromWire(wire: TraceInfoParsed): TraceInfo {
  return {
    traceId: wire.trace_id,
    experimentId: experimentIdFromWire(wire.trace_location),
    requestTimeMs: wire.request_time,
    ...(wire.execution_duration !== undefined && { executionDurationMs: wire.execution_duration }),
    state: wire.state,
    ...(wire.client_request_id !== undefined && { clientRequestId: wire.client_request_id }),
    ...(wire.request_preview !== undefined && { requestPreview: wire.request_preview }),
    ...(wire.response_preview !== undefined && { responsePreview: wire.response_preview }),
    traceMetadata: textMapFromWire(wire.trace_metadata),
    tags: textMapFromWire(wire.tags),
    assessments: wire.assessments.map(assessmentFromWire),
  };
}

export function traceLocationToWire(experimentId: string): TraceLocationWire {
  return { type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id: experimentId } };
}

/** The experiment of a location; throws `INVALID_PARAMETER_VALUE` for a location of another kind. */
export function experimentIdFromWire({ type, mlflow_experiment }: z.output<typeof locationSchema>): string {
  if (mlflow_experiment !== undefined) return mlflow_experiment.experiment_id;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `a trace location must be an experiment, as {"mlflow_experiment": {"experiment_id": "0"}}, got the type '${type}'`,
  );
}
