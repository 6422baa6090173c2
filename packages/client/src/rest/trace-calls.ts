import {
  type Assessment,
  assessmentFromWire,
  assessmentToWire,
  type AssessmentUpdate,
  assessmentUpdateToWire,
  type BatchGetTracesInput,
  batchGetTracesToWire,
  type DeleteTracesInput,
  deleteTracesToWire,
  endpoints,
  type Page,
  type SearchTracesInput,
  searchTracesToWire,
  type Trace,
  traceFromWire,
  type TraceInfo,
  traceInfoFromWire,
  traceInfoToWire,
} from "@flightdeck/protocol";
import { allItems, toPage } from "./page.ts";
import type { CallOptions, RestClient } from "./rest-client.ts";

/** Calls for traces (MLflow 3), their tags and assessments. */
export type TraceCalls = {
  /** Records a trace; its spans are sent through OpenTelemetry. If the trace exists, the two are merged. */
  startTrace(info: TraceInfo, options?: CallOptions): Promise<TraceInfo>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getTraceInfo(traceId: string, options?: CallOptions): Promise<TraceInfo>;

  /**
   * The trace with its spans. Throws `RESOURCE_DOES_NOT_EXIST` when there is none, or when spans are missing and
   * `allowPartial` is not set.
   */
  getTrace(
    traceId: string,
    options?: CallOptions & { readonly allowPartial?: boolean | undefined },
  ): Promise<Trace>;

  /** At most 100 traces, in the order of the ids; missing and incomplete traces are left out. */
  batchGetTraces(input: BatchGetTracesInput, options?: CallOptions): Promise<readonly Trace[]>;

  /** At most 500 traces, in the order of the ids; missing traces are left out. */
  batchGetTraceInfos(input: BatchGetTracesInput, options?: CallOptions): Promise<readonly TraceInfo[]>;

  /** One page. The default order is newest first. */
  searchTraces(input: SearchTracesInput, options?: CallOptions): Promise<Page<TraceInfo>>;

  /** All pages, fetched as they are needed. */
  searchTracesAll(
    input: Omit<SearchTracesInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<TraceInfo, void, undefined>;

  /** Deletes traces permanently. Returns how many were deleted. */
  deleteTraces(input: DeleteTracesInput, options?: CallOptions): Promise<number>;

  setTraceTag(
    traceId: string,
    tag: { readonly key: string; readonly value: string },
    options?: CallOptions,
  ): Promise<void>;

  deleteTraceTag(traceId: string, key: string, options?: CallOptions): Promise<void>;

  /** At most 100 traces; missing ones are ignored. */
  linkTracesToRun(traceIds: readonly string[], runId: string, options?: CallOptions): Promise<void>;

  /** The server assigns the id. An assessment that this one overrides becomes invalid. */
  createAssessment(assessment: Assessment, options?: CallOptions): Promise<Assessment>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getAssessment(traceId: string, assessmentId: string, options?: CallOptions): Promise<Assessment>;

  updateAssessment(
    traceId: string,
    assessmentId: string,
    update: AssessmentUpdate,
    options?: CallOptions,
  ): Promise<Assessment>;

  /** Succeeds if the assessment does not exist. */
  deleteAssessment(traceId: string, assessmentId: string, options?: CallOptions): Promise<void>;
};

/** The calls, sent through `rest`. */
export function traceCalls(rest: RestClient): TraceCalls {
  const calls: TraceCalls = {
    async startTrace(info, options) {
      const request = { trace: { trace_info: traceInfoToWire(info) } };
      const { trace } = await rest.call(endpoints.startTraceV3, request, options);
      return traceInfoFromWire(trace.trace_info);
    },

    async getTraceInfo(traceId, options) {
      const { trace } = await rest.call(endpoints.getTraceInfoV3, { trace_id: traceId }, options);
      return traceInfoFromWire(trace.trace_info);
    },

    async getTrace(traceId, { allowPartial = false, ...options } = {}) {
      const request = { trace_id: traceId, allow_partial: allowPartial };
      return traceFromWire((await rest.call(endpoints.getTrace, request, options)).trace);
    },

    async batchGetTraces(input, options) {
      const { traces } = await rest.call(endpoints.batchGetTraces, batchGetTracesToWire(input), options);
      return traces.map(traceFromWire);
    },

    async batchGetTraceInfos(input, options) {
      const answer = await rest.call(endpoints.batchGetTraceInfos, batchGetTracesToWire(input), options);
      return answer.trace_infos.map(traceInfoFromWire);
    },

    async searchTraces(input, options) {
      const answer = await rest.call(endpoints.searchTracesV3, searchTracesToWire(input), options);
      return toPage(answer.traces.map(traceInfoFromWire), answer.next_page_token);
    },

    searchTracesAll(input, options) {
      return allItems((pageToken) => calls.searchTraces({ ...input, pageToken }, options));
    },

    async deleteTraces(input, options) {
      return (await rest.call(endpoints.deleteTraces, deleteTracesToWire(input), options)).traces_deleted;
    },

    async setTraceTag(traceId, tag, options) {
      await rest.call(endpoints.setTraceTag, { trace_id: traceId, ...tag }, options);
    },

    async deleteTraceTag(traceId, key, options) {
      await rest.call(endpoints.deleteTraceTag, { trace_id: traceId, key }, options);
    },

    async linkTracesToRun(traceIds, runId, options) {
      await rest.call(endpoints.linkTracesToRun, { trace_ids: [...traceIds], run_id: runId }, options);
    },

    async createAssessment(assessment, options) {
      const request = { trace_id: assessment.traceId, assessment: assessmentToWire(assessment) };
      return assessmentFromWire((await rest.call(endpoints.createAssessment, request, options)).assessment);
    },

    async getAssessment(traceId, assessmentId, options) {
      const request = { trace_id: traceId, assessment_id: assessmentId };
      return assessmentFromWire((await rest.call(endpoints.getAssessment, request, options)).assessment);
    },

    async updateAssessment(traceId, assessmentId, update, options) {
      const request = { trace_id: traceId, assessment_id: assessmentId, ...assessmentUpdateToWire(update) };
      return assessmentFromWire((await rest.call(endpoints.updateAssessment, request, options)).assessment);
    },

    async deleteAssessment(traceId, assessmentId, options) {
      await rest.call(
        endpoints.deleteAssessment,
        { trace_id: traceId, assessment_id: assessmentId },
        options,
      );
    },
  };
  return calls;
}
