import { AppError, parseUntrustedJson } from "@flightdeck/core";
import {
  decodeSpans,
  experiment,
  experimentId,
  LIMITS,
  optional,
  OTLP_TRACES_PATH,
  run,
  runId,
  type SpanBatch,
  spansFromOtlpJson,
} from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { mountRoute } from "../api/mount-route.ts";
import type { Services } from "../api/services.ts";
import { unpackBody } from "./unpack-body.ts";

const EXPERIMENT_HEADER = "x-mlflow-experiment-id";
const RUN_HEADER = "x-mlflow-run-id";

/** A header that configuration left empty is absent. */
const headersRequest = z.object({ [EXPERIMENT_HEADER]: experimentId, [RUN_HEADER]: optional(runId) });

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";

/**
 * Takes spans by OpenTelemetry's protocol (https://opentelemetry.io/docs/specs/otlp/#otlphttp), as protobuf or JSON.
 * What comes in one request is stored whole or not at all.
 */
export function mountOtlpTraces(app: FastifyInstance, { store }: Services): void {
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
      // Traces of spans that come here belong to this experiment, or are refused.
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
          ...(runOf !== undefined && { runId: runOf }),
        });
        // An `ExportTraceServiceResponse` without fields: everything was taken.
        return isJson
          ? call.reply.type(JSON_TYPE).send("{}")
          : call.reply.type(PROTOBUF).send(Buffer.alloc(0));
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
