import type {
  Assessment,
  AssessmentUpdate,
  BatchGetTracesInput,
  DeleteTracesInput,
  SearchTracesInput,
  SpanBatch,
  Tag,
  Trace,
  TraceInfo,
  TraceState,
} from "@flightdeck/protocol";
import type { Page } from "../search/page.ts";

export type { BatchGetTracesInput, DeleteTracesInput, SearchTracesInput } from "@flightdeck/protocol";

/** How MLflow 2 clients start a trace. */
export type StartTraceV2Input = {
  readonly experimentId: string;
  readonly timestampMs: number;
  readonly requestMetadata?: readonly Tag[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** How MLflow 2 clients end a trace. */
export type EndTraceV2Input = {
  readonly traceId: string;
  /** End time. */
  readonly timestampMs: number;
  readonly state: TraceState;
  readonly requestMetadata?: readonly Tag[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** Spans of one experiment. A span of an unknown trace creates the trace. */
export type LogSpansInput = {
  readonly experimentId: string;
  readonly batches: readonly SpanBatch[];
  /** Links the traces to this run. */
  readonly runId?: string | undefined;
};

/**
 * Traces with their spans and assessments. Concurrency, durability, ownership and validation are those of `TrackingStore`.
 *
 * A trace is logged by two calls in any order: `logSpans` creates it from facts in its spans; `startTrace` sets facts about the
 * whole trace, which then take precedence. Clients of MLflow 2 start and end a trace here and keep its spans in an artifact,
 * outside this store.
 * A missing trace or assessment throws `RESOURCE_DOES_NOT_EXIST`, except in deletions, which then do nothing.
 */
export interface TraceStore {
  /** Merges into an existing trace: tags and metadata by key, and all other given fields. */
  startTrace(info: TraceInfo): Promise<TraceInfo>;
  /** Creates a trace in progress and generates its id. */
  startTraceV2(input: StartTraceV2Input): Promise<TraceInfo>;
  endTraceV2(input: EndTraceV2Input): Promise<TraceInfo>;
  /** Stores all spans or none. A span that is sent again replaces the first one. */
  logSpans(input: LogSpansInput): Promise<void>;

  getTraceInfo(traceId: string): Promise<TraceInfo>;
  /** Also throws when spans that `startTrace` announced are missing, unless `allowPartial` is set. */
  getTrace(traceId: string, options?: { readonly allowPartial?: boolean }): Promise<Trace>;
  /** In the order of the ids. Skips missing and incomplete traces. */
  batchGetTraces(input: BatchGetTracesInput): Promise<readonly Trace[]>;
  /** In the order of the ids. Skips missing traces. */
  batchGetTraceInfos(input: BatchGetTracesInput): Promise<readonly TraceInfo[]>;
  /** Default order: newest first, then id. Page tokens survive inserts. */
  searchTraces(input: SearchTracesInput): Promise<Page<TraceInfo>>;
  /** Deletes traces permanently and returns how many. */
  deleteTraces(input: DeleteTracesInput): Promise<number>;

  setTraceTag(traceId: string, tag: Tag): Promise<void>;
  /** Throws `RESOURCE_DOES_NOT_EXIST` when the tag does not exist. */
  deleteTraceTag(traceId: string, key: string): Promise<void>;
  /** Skips missing traces, as MLflow does. */
  linkTracesToRun(traceIds: readonly string[], runId: string): Promise<void>;

  /** Generates an id. The assessment that it overrides becomes invalid. */
  createAssessment(assessment: Assessment): Promise<Assessment>;
  getAssessment(traceId: string, assessmentId: string): Promise<Assessment>;
  updateAssessment(traceId: string, assessmentId: string, update: AssessmentUpdate): Promise<Assessment>;
  /** The assessment that it overrode becomes valid again. */
  deleteAssessment(traceId: string, assessmentId: string): Promise<void>;
}
