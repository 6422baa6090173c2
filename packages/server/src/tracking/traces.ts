import { AppError, parseUntrustedJson } from "@flightdeck/core";
import {
  assessmentFromWire,
  assessmentToWire,
  assessmentUpdateFromWire,
  decodeSpans,
  experiment,
  experimentId,
  experimentIdFromWire,
  LIMITS,
  optional,
  OTLP_TRACES_PATH,
  run,
  runId,
  type SpanBatch,
  spansFromOtlpJson,
  traceInfoFromWire,
  traceInfoToWire,
  traceInfoToWireV2,
  traceStateFromStatus,
  traceToWire,
} from "@flightdeck/protocol";
import type { Store } from "@flightdeck/store";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { promisify } from "node:util";
import { gunzip, inflate, inflateRaw, type InputType, type ZlibOptions } from "node:zlib";
import { z } from "zod";
import type { Handlers } from "../calls/handler.ts";
import { mountRoute } from "../calls/mount-route.ts";

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
      filter: request.filter,
      maxResults: request.max_results,
      pageToken: request.page_token,
    });
    return { traces: page.items.map(traceInfoToWireV2), next_page_token: page.nextPageToken };
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
      filter: request.filter,
      maxResults: request.max_results,
      pageToken: request.page_token,
    });
    return { traces: page.items.map(traceInfoToWire), next_page_token: page.nextPageToken };
  },
  deleteTraces: async (request, { store }) => {
    const deleted = await store.traces.deleteTraces({
      experimentId: request.experiment_id,
      traceIds: request.request_ids,
      maxTimestampMs: request.max_timestamp_millis,
      maxTraces: request.max_traces,
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

type AssessmentHandlers = Pick<
  Handlers,
  "createAssessment" | "getAssessment" | "updateAssessment" | "deleteAssessment"
>;

export const assessmentHandlers: AssessmentHandlers = {
  createAssessment: async ({ trace_id: traceId, assessment }, { store }) => {
    const created = await store.traces.createAssessment({ ...assessmentFromWire(assessment), traceId });
    return { assessment: assessmentToWire(created) };
  },
  getAssessment: async ({ trace_id: traceId, assessment_id: assessmentId }, { store }) => {
    return { assessment: assessmentToWire(await store.traces.getAssessment(traceId, assessmentId)) };
  },
  updateAssessment: async (request, { store }) => {
    const { trace_id: traceId, assessment_id: assessmentId, assessment, update_mask: mask } = request;
    const update = assessmentUpdateFromWire(assessment, mask);
    const updated = await store.traces.updateAssessment(traceId, assessmentId, update);
    return { assessment: assessmentToWire(updated) };
  },
  deleteAssessment: async ({ trace_id: traceId, assessment_id: assessmentId }, { store }) => {
    await store.traces.deleteAssessment(traceId, assessmentId);
    return {};
  },
};

const EXPERIMENT_HEADER = "x-mlflow-experiment-id";
const RUN_HEADER = "x-mlflow-run-id";

/** An empty header, left by empty configuration, counts as absent. */
const headersRequest = z.object({ [EXPERIMENT_HEADER]: experimentId, [RUN_HEADER]: optional(runId) });

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";

/**
 * Receives spans in OpenTelemetry's protocol (https://opentelemetry.io/docs/specs/otlp/#otlphttp), as protobuf or JSON.
 * The spans of a request are stored together or not at all.
 */
export function mountOtlpTraces(app: FastifyInstance, store: Store): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const parseAs = { parseAs: "buffer", bodyLimit: LIMITS.otlpBodyBytesMax } as const;
    scope.addContentTypeParser([PROTOBUF, JSON_TYPE], parseAs, (_request, body, done) => done(null, body));
    mountRoute(scope, store, {
      name: "exportSpans",
      description: "The body is OpenTelemetry's ExportTraceServiceRequest, as protobuf or JSON.",
      methods: ["POST"],
      url: OTLP_TRACES_PATH,
      request: headersRequest,
      takesAnyBody: true,
      fieldsIn: "headers",
      // A span whose trace belongs to another experiment is refused.
      edits: ({ [EXPERIMENT_HEADER]: experimentOf, [RUN_HEADER]: runOf }) => [
        experiment(experimentOf),
        ...(runOf === undefined ? [] : [run(runOf)]),
      ],
      answer: async ({ [EXPERIMENT_HEADER]: experimentOf, [RUN_HEADER]: runOf }, call) => {
        const isJson = mediaType(call.request) === JSON_TYPE;
        const batches = await readBatches(call.request, isJson);
        await call.store.traces.logSpans({
          experimentId: experimentOf,
          batches,
          runId: runOf,
        });
        // An `ExportTraceServiceResponse` without fields: everything was accepted.
        return isJson
          ? await call.reply.type(JSON_TYPE).send("{}")
          : await call.reply.type(PROTOBUF).send(Buffer.alloc(0));
      },
    });
  });
}

async function readBatches(request: FastifyRequest, isJson: boolean): Promise<readonly SpanBatch[]> {
  const bytesMax = isJson ? LIMITS.jsonBodyBytesMax : LIMITS.otlpBodyBytesMax;
  const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
  const unpacked = await unpackBody(body, request.headers["content-encoding"], bytesMax);
  const batches = isJson ? spansFromOtlpJson(parsedJson(unpacked)) : decodeSpans(unpacked);
  if (batches.length > 0) return batches;
  throw new AppError("BAD_REQUEST", "Invalid OpenTelemetry format - no spans found");
}

function parsedJson(body: Uint8Array): unknown {
  try {
    return parseUntrustedJson(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new AppError("MALFORMED_REQUEST", "Invalid OpenTelemetry format: the body is not valid JSON", {
      cause,
    });
  }
}

function mediaType({ headers }: FastifyRequest): string | undefined {
  return headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
}

type Unpack = (body: InputType, options: ZlibOptions) => Promise<Uint8Array>;

/** `deflate` means zlib's format, but some senders omit its header. */
const UNPACKERS: Readonly<Record<string, readonly Unpack[]>> = {
  gzip: [promisify<InputType, ZlibOptions, Uint8Array>(gunzip)],
  deflate: [
    promisify<InputType, ZlibOptions, Uint8Array>(inflate),
    promisify<InputType, ZlibOptions, Uint8Array>(inflateRaw),
  ],
};

/**
 * Decompresses a body. Throws `MAX_BLOCK_SIZE_EXCEEDED` when the result exceeds `bytesMax`, without decompressing the rest,
 * and `BAD_REQUEST` when the body does not match its encoding.
 */
export async function unpackBody(
  body: Uint8Array,
  encoding: string | undefined,
  bytesMax: number,
): Promise<Uint8Array> {
  if (encoding === undefined || encoding === "identity") return checkedSize(body, bytesMax);
  const unpackers = Object.hasOwn(UNPACKERS, encoding) ? UNPACKERS[encoding] : undefined;
  if (unpackers === undefined) {
    const message = `the Content-Encoding must be one of ${Object.keys(UNPACKERS).join(", ")}, got '${encoding}'`;
    throw new AppError("BAD_REQUEST", message);
  }
  for (const unpack of unpackers) {
    const unpacked = await unpackWith(unpack, body, bytesMax);
    if (unpacked !== undefined) return unpacked;
  }
  throw new AppError("BAD_REQUEST", `Failed to decompress ${encoding} payload`);
}

/** Undefined when the body has another format. */
async function unpackWith(
  unpack: Unpack,
  body: Uint8Array,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  try {
    return await unpack(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(bytesMax, error);
    return undefined;
  }
}

function checkedSize(body: Uint8Array, bytesMax: number): Uint8Array {
  if (body.byteLength > bytesMax) throw tooLarge(bytesMax);
  return body;
}

function tooLarge(bytesMax: number, cause?: unknown): AppError {
  return new AppError("MAX_BLOCK_SIZE_EXCEEDED", `the body must have at most ${bytesMax} bytes`, { cause });
}
