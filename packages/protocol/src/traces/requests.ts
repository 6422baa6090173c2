import { traceLocationToWire } from "./trace-info.ts";

/** What `searchTraces` takes. */
export type SearchTracesInput = {
  readonly experimentIds: readonly string[];
  /** MLflow's grammar over attributes, tags, metadata, spans and assessments. */
  readonly filter?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/** Either ids or a time must be given. */
export type DeleteTracesInput = {
  readonly experimentId: string;
  /** Those that began then or before, the oldest first. */
  readonly maxTimestampMs?: number | undefined;
  readonly maxTraces?: number | undefined;
  readonly traceIds?: readonly string[] | undefined;
};

/** What `batchGetTraces` takes. */
export type BatchGetTracesInput = {
  readonly traceIds: readonly string[];
  /** Leaves out traces of other experiments. */
  readonly experimentIds?: readonly string[] | undefined;
};

/** The request of `searchTraces` as it travels. */
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

/** The request of `deleteTraces` as it travels. */
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

/** The request of `batchGetTraces` and `batchGetTraceInfos` as it travels. */
export function batchGetTracesToWire({ traceIds, experimentIds = [] }: BatchGetTracesInput): BatchRequest {
  return { trace_ids: [...traceIds], experiment_ids: [...experimentIds] };
}
