import { AppError } from "@flightdeck/core";
import {
  decodeSpans,
  LIMITS,
  OTLP_TRACES_PATH,
  type SpanBatch,
  spansFromOtlpJson,
} from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Services } from "../api/services.ts";
import { type Needed, referencesOf } from "../identity/references-of.ts";
import { unpackBody } from "./unpack-body.ts";

const PERMISSION = "experiment.edit";
const EXPERIMENT_HEADER = "x-mlflow-experiment-id";
const RUN_HEADER = "x-mlflow-run-id";

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
    scope.post(
      OTLP_TRACES_PATH,
      { config: { permission: PERMISSION, rawBody: true, resources: namedByHeaders } },
      async (request, reply) => {
        const isJson = mediaType(request) === JSON_TYPE;
        const batches = await readBatches(request, isJson);
        const runId = headerOf(request, RUN_HEADER);
        await store.traces.logSpans({
          experimentId: experimentIdOf(request),
          batches,
          ...(runId !== undefined && { runId }),
        });
        // An `ExportTraceServiceResponse` without fields: everything was taken.
        return isJson ? reply.type(JSON_TYPE).send("{}") : reply.type(PROTOBUF).send(Buffer.alloc(0));
      },
    );
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
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new AppError("MALFORMED_REQUEST", "Invalid OpenTelemetry format: the body is not valid JSON", {
      cause,
    });
  }
}

function experimentIdOf(request: FastifyRequest): string {
  const experimentId = headerOf(request, EXPERIMENT_HEADER);
  if (experimentId !== undefined) return experimentId;
  throw new AppError("INVALID_PARAMETER_VALUE", `the header ${EXPERIMENT_HEADER} must name an experiment`);
}

/** Traces of spans that come here belong to this experiment, or are refused. */
function namedByHeaders(request: FastifyRequest): readonly Needed[] {
  return referencesOf(PERMISSION, {
    experiment_id: headerOf(request, EXPERIMENT_HEADER),
    run_id: headerOf(request, RUN_HEADER),
  });
}

/** Absent when it is empty: a header that configuration left unset. */
function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function mediaType({ headers }: FastifyRequest): string | undefined {
  return headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
}
