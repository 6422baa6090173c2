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

/** The calls on traces (MLflow 3), their tags and assessments. */
export type TraceCalls = {
  /** Tells of a whole trace; its spans come by OpenTelemetry. One that is there is joined. */
  startTrace(info: TraceInfo, options?: CallOptions): Promise<TraceInfo>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getTraceInfo(traceId: string, options?: CallOptions): Promise<TraceInfo>;

  /** With its spans. Throws `RESOURCE_DOES_NOT_EXIST` also when spans are missing, unless a part will do. */
  getTrace(traceId: string, options?: CallOptions & { readonly allowPartial?: boolean }): Promise<Trace>;

  /** At most 100, in the order of the ids; absent and incomplete ones are left out. */
  batchGetTraces(input: BatchGetTracesInput, options?: CallOptions): Promise<readonly Trace[]>;

  /** At most 500, in the order of the ids; absent ones are left out. */
  batchGetTraceInfos(input: BatchGetTracesInput, options?: CallOptions): Promise<readonly TraceInfo[]>;

  /** One page. The default order is newest first. */
  searchTraces(input: SearchTracesInput, options?: CallOptions): Promise<Page<TraceInfo>>;

  /** All pages, fetched as they are needed. */
  searchTracesAll(
    input: Omit<SearchTracesInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<TraceInfo, void, undefined>;

  /** For good. Gives how many were deleted. */
  deleteTraces(input: DeleteTracesInput, options?: CallOptions): Promise<number>;

  setTraceTag(
    traceId: string,
    tag: { readonly key: string; readonly value: string },
    options?: CallOptions,
  ): Promise<void>;

  deleteTraceTag(traceId: string, key: string, options?: CallOptions): Promise<void>;

  /** At most 100 traces; absent ones are left out. */
  linkTracesToRun(traceIds: readonly string[], runId: string, options?: CallOptions): Promise<void>;

  /** The server gives the id; what the assessment overrides is no longer valid. */
  createAssessment(assessment: Assessment, options?: CallOptions): Promise<Assessment>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getAssessment(traceId: string, assessmentId: string, options?: CallOptions): Promise<Assessment>;

  updateAssessment(
    traceId: string,
    assessmentId: string,
    update: AssessmentUpdate,
    options?: CallOptions,
  ): Promise<Assessment>;

  /** One that is not there stays so. */
  deleteAssessment(traceId: string, assessmentId: string, options?: CallOptions): Promise<void>;
};

/** Sends these calls through `rest`. */
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
