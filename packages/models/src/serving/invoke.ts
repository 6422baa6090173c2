import { AppError, isAppError, messageOf } from "@flightdeck/core";
import { ERROR_STATUS, errorToWire } from "@flightdeck/protocol";
import type { IncomingMessage } from "node:http";
import { inferErrorBody } from "../inference/infer.ts";
import { UnsupportedContentType } from "../invocation/content-type.ts";
import type { Model, ScoreAnswer } from "../model.ts";
import type { Metrics } from "./metrics.ts";
import type { ModelSet } from "./model-set.ts";
import { readBody } from "./read-body.ts";

const UNSUPPORTED_MEDIA_TYPE = 415;
const JSON_TYPE = "application/json";

/** The state of one running server. */
export type Context = {
  readonly models: ModelSet;
  readonly isAllowed: (header: string | undefined) => boolean;
  readonly metrics: Metrics;
  readonly inFlightMax: number;
  inFlight: number;
  isClosing: boolean;
};

/** A request, and a signal that fires when its client disconnects. */
export type Asked = { readonly request: IncomingMessage; readonly gone: AbortSignal };

/** The HTTP server's answer. */
export type HttpAnswer = ScoreAnswer & { readonly headers?: Readonly<Record<string, string>> | undefined };

/** Sends a request to a model, unless too many are in flight, and counts it. */
export async function invoke(
  name: string,
  asked: Asked,
  context: Context,
  work: (model: Model, body: Buffer) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const { models, metrics } = context;
  models.get(name); // Reject an unknown model without reading the body.
  if (context.inFlight >= context.inFlightMax) {
    metrics.refuse();
    const message = `${context.inFlightMax} requests are already in progress`;
    throw new AppError("TEMPORARILY_UNAVAILABLE", message);
  }
  const startedMs = performance.now();
  let status: number | undefined;
  context.inFlight++;
  try {
    const body = await readBody(asked.request);
    const answered = await models.use(name, (model) => work(model, body));
    status = answered.status;
    return answered;
  } catch (error) {
    status = errorAnswer(error).status;
    throw error;
  } finally {
    context.inFlight--;
    metrics.observe(name, status ?? 0, (performance.now() - startedMs) / 1000);
  }
}

/** A status 200 answer. */
export function text(body: string | Uint8Array, contentType: string = JSON_TYPE): ScoreAnswer {
  return { status: 200, contentType, body };
}

/** Converts an error to an answer, in the format of the path's protocol. */
export function errorAnswer(thrown: unknown, url = ""): ScoreAnswer {
  const error = isAppError(thrown)
    ? thrown
    : new AppError("INTERNAL_ERROR", `scoring failed: ${messageOf(thrown)}`, { cause: thrown });
  const status = error instanceof UnsupportedContentType ? UNSUPPORTED_MEDIA_TYPE : ERROR_STATUS[error.code];
  const body = url.startsWith("/v2") ? inferErrorBody(error) : JSON.stringify(errorToWire(error));
  return { status, contentType: JSON_TYPE, body };
}

/** Decodes a name from a path. */
export function decodedName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (cause) {
    throw new AppError("BAD_REQUEST", `the name ${name} is not valid percent-encoding`, { cause });
  }
}
