import {
  experimentIdFromWire,
  traceInfoFromWire,
  traceInfoToWire,
  traceInfoToWireV2,
  traceStateFromStatus,
  traceToWire,
} from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";

type TraceHandlers = Pick<
  Handlers,
  | "startTrace"
  | "endTrace"
  | "getTraceInfo"
  | "searchTraces"
  | "startTraceV3"
  | "getTraceInfoV3"
  | "getTrace"
  | "batchGetTraces"
  | "batchGetTraceInfos"
  | "searchTracesV3"
  | "deleteTraces"
  | "setTraceTag"
  | "deleteTraceTag"
  | "linkTracesToRun"
>;

export const traceHandlers: TraceHandlers = {
  startTrace: async (request, { store }) => {
    const info = await store.traces.startTraceV2({
      experimentId: request.experiment_id,
      timestampMs: request.timestamp_ms,
      requestMetadata: request.request_metadata,
      tags: request.tags,
    });
    return { trace_info: traceInfoToWireV2(info) };
  },
  endTrace: async (request, { store }) => {
    const info = await store.traces.endTraceV2({
      traceId: request.request_id,
      timestampMs: request.timestamp_ms,
      state: traceStateFromStatus(request.status),
      requestMetadata: request.request_metadata,
      tags: request.tags,
    });
    return { trace_info: traceInfoToWireV2(info) };
  },
  getTraceInfo: async ({ request_id: traceId }, { store }) => {
    return { trace_info: traceInfoToWireV2(await store.traces.getTraceInfo(traceId)) };
  },
  searchTraces: async (request, { store }) => {
    const page = await store.traces.searchTraces({
      experimentIds: request.experiment_ids,
      orderBy: request.order_by,
      ...present({ filter: request.filter, maxResults: request.max_results, pageToken: request.page_token }),
    });
    return { traces: page.items.map(traceInfoToWireV2), ...pageToken(page) };
  },
  startTraceV3: async ({ trace }, { store }) => {
    const info = await store.traces.startTrace(traceInfoFromWire(trace.trace_info));
    return { trace: { trace_info: traceInfoToWire(info) } };
  },
  getTraceInfoV3: async ({ trace_id: traceId }, { store }) => {
    return { trace: { trace_info: traceInfoToWire(await store.traces.getTraceInfo(traceId)) } };
  },
  getTrace: async ({ trace_id: traceId, allow_partial: allowPartial }, { store }) => {
    return { trace: traceToWire(await store.traces.getTrace(traceId, { allowPartial })) };
  },
  batchGetTraces: async ({ trace_ids: traceIds, experiment_ids: experimentIds }, { store }) => {
    const traces = await store.traces.batchGetTraces({ traceIds, experimentIds });
    return { traces: traces.map(traceToWire) };
  },
  batchGetTraceInfos: async ({ trace_ids: traceIds, experiment_ids: experimentIds }, { store }) => {
    const infos = await store.traces.batchGetTraceInfos({ traceIds, experimentIds });
    return { trace_infos: infos.map(traceInfoToWire) };
  },
  searchTracesV3: async (request, { store }) => {
    const page = await store.traces.searchTraces({
      experimentIds: request.locations.map(experimentIdFromWire),
      orderBy: request.order_by,
      ...present({ filter: request.filter, maxResults: request.max_results, pageToken: request.page_token }),
    });
    return { traces: page.items.map(traceInfoToWire), ...pageToken(page) };
  },
  deleteTraces: async (request, { store }) => {
    const deleted = await store.traces.deleteTraces({
      experimentId: request.experiment_id,
      traceIds: request.request_ids,
      ...present({ maxTimestampMs: request.max_timestamp_millis, maxTraces: request.max_traces }),
    });
    return { traces_deleted: deleted };
  },
  setTraceTag: async ({ trace_id: traceId, key, value }, { store }) => {
    await store.traces.setTraceTag(traceId, { key, value });
    return {};
  },
  deleteTraceTag: async ({ trace_id: traceId, key }, { store }) => {
    await store.traces.deleteTraceTag(traceId, key);
    return {};
  },
  linkTracesToRun: async ({ trace_ids: traceIds, run_id: runId }, { store }) => {
    await store.traces.linkTracesToRun(traceIds, runId);
    return {};
  },
};
