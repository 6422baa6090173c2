import {
  type Assessment,
  assessmentFromWire,
  assessmentToWire,
  type AssessmentUpdate,
  assessmentUpdateToWire,
  endpoints,
  type Trace,
  traceFromWire,
  type TraceInfo,
  traceInfoFromWire,
  traceInfoToWire,
  traceLocationToWire,
} from "@flightdeck/protocol";
import { LoggedModelCalls } from "./logged-model-calls.ts";
import { allItems, type Page, toPage } from "./page.ts";
import type { CallOptions } from "./rest-client.ts";

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

export type BatchGetTracesInput = {
  readonly traceIds: readonly string[];
  /** Leaves out traces of other experiments. */
  readonly experimentIds?: readonly string[] | undefined;
};

/** The calls on traces (MLflow 3), their tags and assessments; `MlflowClient` adds the rest. */
export class TraceCalls extends LoggedModelCalls {
  /** Tells of a whole trace; its spans come by OpenTelemetry. One that is there is joined. */
  async startTrace(info: TraceInfo, options?: CallOptions): Promise<TraceInfo> {
    const request = { trace: { trace_info: traceInfoToWire(info) } };
    const { trace } = await this.call(endpoints.startTraceV3, request, options);
    return traceInfoFromWire(trace.trace_info);
  }

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  async getTraceInfo(traceId: string, options?: CallOptions): Promise<TraceInfo> {
    const { trace } = await this.call(endpoints.getTraceInfoV3, { trace_id: traceId }, options);
    return traceInfoFromWire(trace.trace_info);
  }

  /** With its spans. Throws `RESOURCE_DOES_NOT_EXIST` also when spans are missing, unless a part will do. */
  async getTrace(
    traceId: string,
    { allowPartial = false, ...options }: CallOptions & { readonly allowPartial?: boolean } = {},
  ): Promise<Trace> {
    const request = { trace_id: traceId, allow_partial: allowPartial };
    return traceFromWire((await this.call(endpoints.getTrace, request, options)).trace);
  }

  /** At most 100, in the order of the ids; absent and incomplete ones are left out. */
  async batchGetTraces(input: BatchGetTracesInput, options?: CallOptions): Promise<readonly Trace[]> {
    const { traces } = await this.call(endpoints.batchGetTraces, batchRequest(input), options);
    return traces.map(traceFromWire);
  }

  /** At most 500, in the order of the ids; absent ones are left out. */
  async batchGetTraceInfos(input: BatchGetTracesInput, options?: CallOptions): Promise<readonly TraceInfo[]> {
    const answer = await this.call(endpoints.batchGetTraceInfos, batchRequest(input), options);
    return answer.trace_infos.map(traceInfoFromWire);
  }

  /** One page. The default order is newest first. */
  async searchTraces(input: SearchTracesInput, options?: CallOptions): Promise<Page<TraceInfo>> {
    const { experimentIds, filter, maxResults, orderBy = [], pageToken } = input;
    const request = {
      locations: experimentIds.map(traceLocationToWire),
      filter,
      max_results: maxResults,
      order_by: [...orderBy],
      page_token: pageToken,
    };
    const answer = await this.call(endpoints.searchTracesV3, request, options);
    return toPage(answer.traces.map(traceInfoFromWire), answer.next_page_token);
  }

  /** All pages, fetched as they are needed. */
  searchTracesAll(
    input: Omit<SearchTracesInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<TraceInfo, void, undefined> {
    return allItems((pageToken) => this.searchTraces({ ...input, pageToken }, options));
  }

  /** For good. Gives how many were deleted. */
  async deleteTraces(input: DeleteTracesInput, options?: CallOptions): Promise<number> {
    const { experimentId, maxTimestampMs, maxTraces, traceIds = [] } = input;
    const request = {
      experiment_id: experimentId,
      max_timestamp_millis: maxTimestampMs,
      max_traces: maxTraces,
      request_ids: [...traceIds],
    };
    return (await this.call(endpoints.deleteTraces, request, options)).traces_deleted;
  }

  async setTraceTag(
    traceId: string,
    tag: { readonly key: string; readonly value: string },
    options?: CallOptions,
  ): Promise<void> {
    await this.call(endpoints.setTraceTag, { trace_id: traceId, ...tag }, options);
  }

  async deleteTraceTag(traceId: string, key: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteTraceTag, { trace_id: traceId, key }, options);
  }

  /** At most 100 traces; absent ones are left out. */
  async linkTracesToRun(traceIds: readonly string[], runId: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.linkTracesToRun, { trace_ids: [...traceIds], run_id: runId }, options);
  }

  /** The server gives the id; what the assessment overrides is no longer valid. */
  async createAssessment(assessment: Assessment, options?: CallOptions): Promise<Assessment> {
    const request = { trace_id: assessment.traceId, assessment: assessmentToWire(assessment) };
    return assessmentFromWire((await this.call(endpoints.createAssessment, request, options)).assessment);
  }

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  async getAssessment(traceId: string, assessmentId: string, options?: CallOptions): Promise<Assessment> {
    const request = { trace_id: traceId, assessment_id: assessmentId };
    return assessmentFromWire((await this.call(endpoints.getAssessment, request, options)).assessment);
  }

  async updateAssessment(
    traceId: string,
    assessmentId: string,
    update: AssessmentUpdate,
    options?: CallOptions,
  ): Promise<Assessment> {
    const request = { trace_id: traceId, assessment_id: assessmentId, ...assessmentUpdateToWire(update) };
    return assessmentFromWire((await this.call(endpoints.updateAssessment, request, options)).assessment);
  }

  /** One that is not there stays so. */
  async deleteAssessment(traceId: string, assessmentId: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteAssessment, { trace_id: traceId, assessment_id: assessmentId }, options);
  }
}

type BatchRequest = { trace_ids: string[]; experiment_ids: string[] };

function batchRequest({ traceIds, experimentIds = [] }: BatchGetTracesInput): BatchRequest {
  return { trace_ids: [...traceIds], experiment_ids: [...experimentIds] };
}
