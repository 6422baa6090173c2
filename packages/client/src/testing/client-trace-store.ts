import {
  endpoints,
  errorFromWire,
  OTLP_TRACES_PATH,
  spansToOtlpJson,
  traceInfoFromWireV2,
  traceStatusFromState,
} from "@flightdeck/protocol";
import type { EndTraceV2Input, LogSpansInput, StartTraceV2Input, TraceStore } from "@flightdeck/store";
import type { MlflowClient } from "../rest/mlflow-client.ts";

/**
 * Wraps a client as a trace store. Sending spans and version 2 of the API, which the client has no methods for, call
 * the endpoints directly.
 */
export function clientTraceStore(client: MlflowClient): TraceStore {
  return {
    startTrace: (info) => client.startTrace(info),
    startTraceV2: (input) => startTraceV2(client, input),
    endTraceV2: (input) => endTraceV2(client, input),
    logSpans: (input) => logSpans(client, input),
    getTraceInfo: (traceId) => client.getTraceInfo(traceId),
    getTrace: (traceId, options) => client.getTrace(traceId, options),
    batchGetTraces: (input) => client.batchGetTraces(input),
    batchGetTraceInfos: (input) => client.batchGetTraceInfos(input),
    searchTraces: (input) => client.searchTraces(input),
    deleteTraces: (input) => client.deleteTraces(input),
    setTraceTag: (traceId, tag) => client.setTraceTag(traceId, tag),
    deleteTraceTag: (traceId, key) => client.deleteTraceTag(traceId, key),
    linkTracesToRun: (traceIds, runId) => client.linkTracesToRun(traceIds, runId),
    createAssessment: (assessment) => client.createAssessment(assessment),
    getAssessment: (traceId, assessmentId) => client.getAssessment(traceId, assessmentId),
    updateAssessment: (traceId, assessmentId, update) =>
      client.updateAssessment(traceId, assessmentId, update),
    deleteAssessment: (traceId, assessmentId) => client.deleteAssessment(traceId, assessmentId),
  };
}

async function startTraceV2(
  client: MlflowClient,
  input: StartTraceV2Input,
): ReturnType<TraceStore["startTraceV2"]> {
  const { experimentId, timestampMs, requestMetadata = [], tags = [] } = input;
  const answer = await client.call(endpoints.startTrace, {
    experiment_id: experimentId,
    timestamp_ms: timestampMs,
    request_metadata: [...requestMetadata],
    tags: [...tags],
  });
  return traceInfoFromWireV2(answer.trace_info);
}

async function endTraceV2(
  client: MlflowClient,
  input: EndTraceV2Input,
): ReturnType<TraceStore["endTraceV2"]> {
  const { traceId, timestampMs, state, requestMetadata = [], tags = [] } = input;
  const answer = await client.call(endpoints.endTrace, {
    request_id: traceId,
    timestamp_ms: timestampMs,
    status: traceStatusFromState(state),
    request_metadata: [...requestMetadata],
    tags: [...tags],
  });
  return traceInfoFromWireV2(answer.trace_info);
}

async function logSpans(
  client: MlflowClient,
  { experimentId, batches, runId = "" }: LogSpansInput,
): Promise<void> {
  const resourceSpans = batches.flatMap((batch) => spansToOtlpJson(batch).resourceSpans ?? []);
  const response = await fetch(client.baseUrl + OTLP_TRACES_PATH, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-mlflow-experiment-id": experimentId,
      "x-mlflow-run-id": runId,
    },
    body: JSON.stringify({ resourceSpans }),
  });
  if (!response.ok) throw errorFromWire(response.status, await response.json());
}
