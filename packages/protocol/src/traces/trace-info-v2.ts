import { z } from "zod";
import { int64, repeated } from "../scalars.ts";
import { tagSchema, type TagWire } from "../tag.ts";
import type { TraceInfo, TraceState } from "./trace-info.ts";

/** What a state is called in version 2. */
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
export type TraceInfoV2Wire = Omit<z.output<typeof traceInfoV2Schema>, "tags" | "request_metadata"> & {
  tags: TagWire[];
  request_metadata: TagWire[];
};

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

/** Version 2 tells neither previews nor assessments, nor a trace of no duration from one that has not ended. */
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

export function traceStateFromStatus(status: TraceStatus): TraceState {
  return status === UNSPECIFIED ? "STATE_UNSPECIFIED" : status;
}

export function traceStatusFromState(state: TraceState): TraceStatus {
  return state === "STATE_UNSPECIFIED" ? UNSPECIFIED : state;
}
