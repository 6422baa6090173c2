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

export type StartTraceV2Input = {
  readonly experimentId: string;
  readonly timestampMs: number;
  readonly requestMetadata?: readonly Tag[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

export type EndTraceV2Input = {
  readonly traceId: string;
  /** When it ended. */
  readonly timestampMs: number;
  readonly state: TraceState;
  readonly requestMetadata?: readonly Tag[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

export type LogSpansInput = {
  readonly experimentId: string;
  readonly batches: readonly SpanBatch[];
  /** Links the traces to this run. */
  readonly runId?: string | undefined;
};

/**
 * What is remembered of traces, their spans and assessments. Concurrency, durability, ownership and validation are those
 * of `TrackingStore`.
 *
 * A trace is logged in two ways, in any order: `logSpans` makes it from what its spans say, `startTrace` says what is
 * known of it as a whole, which counts from then on. Version 2 starts and ends it here, and keeps its spans as an
 * artifact, which this store knows nothing of.
 * Absence: what names an absent trace or assessment throws `RESOURCE_DOES_NOT_EXIST`, but for deletions, which leave
 * nothing to be done.
 */
export interface TraceStore {
  /** A trace that is there is joined: tags and metadata by key, and what else is given. */
  startTrace(info: TraceInfo): Promise<TraceInfo>;
  /** Makes a trace in progress, with an id of the store's own. */
  startTraceV2(input: StartTraceV2Input): Promise<TraceInfo>;
  endTraceV2(input: EndTraceV2Input): Promise<TraceInfo>;
  /** All spans of the batches or none. A span that is sent again replaces itself. */
  logSpans(input: LogSpansInput): Promise<void>;

  getTraceInfo(traceId: string): Promise<TraceInfo>;
  /** Throws also when spans are missing that `startTrace` told of, unless a part will do. */
  getTrace(traceId: string, options?: { readonly allowPartial?: boolean }): Promise<Trace>;
  /** In the order of the ids; absent and incomplete ones are left out. */
  batchGetTraces(input: BatchGetTracesInput): Promise<readonly Trace[]>;
  /** In the order of the ids; absent ones are left out. */
  batchGetTraceInfos(input: BatchGetTracesInput): Promise<readonly TraceInfo[]>;
  /** Default order: newest first, then id. Page tokens survive inserts. */
  searchTraces(input: SearchTracesInput): Promise<Page<TraceInfo>>;
  /** How many were deleted, for good. */
  deleteTraces(input: DeleteTracesInput): Promise<number>;

  setTraceTag(traceId: string, tag: Tag): Promise<void>;
  /** An absent tag throws `RESOURCE_DOES_NOT_EXIST`. */
  deleteTraceTag(traceId: string, key: string): Promise<void>;
  /** Absent traces are left out, as in MLflow. */
  linkTracesToRun(traceIds: readonly string[], runId: string): Promise<void>;

  /** Gives it an id; what it overrides is no longer valid. */
  createAssessment(assessment: Assessment): Promise<Assessment>;
  getAssessment(traceId: string, assessmentId: string): Promise<Assessment>;
  updateAssessment(traceId: string, assessmentId: string, update: AssessmentUpdate): Promise<Assessment>;
  /** What it overrode is valid again. */
  deleteAssessment(traceId: string, assessmentId: string): Promise<void>;
}
