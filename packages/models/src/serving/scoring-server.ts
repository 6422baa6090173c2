import { AppError, messageOf, PROMETHEUS_TYPE, settleWithin } from "@flightdeck/core";
import { ERROR_STATUS, MLFLOW_VERSION } from "@flightdeck/protocol";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { Model } from "../model.ts";
import { hostCheck } from "./allowed-hosts.ts";
import { answerV2 } from "./inference-routes.ts";
import {
  type Asked,
  type Context,
  decodedName,
  errorAnswer,
  type HttpAnswer,
  invoke,
  text,
} from "./invoke.ts";
import { Metrics } from "./metrics.ts";
import { ModelSet } from "./model-set.ts";

/** Options of `startScoringServer`. */
export type ScoringServerOptions = {
  /** One model, or several by name. Already loaded; the caller closes them. */
  readonly model: Model | ModelSet;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** 0 picks a free port. */
  readonly port: number;
  /** Additional host names that the server answers to. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Concurrent invocations; further ones get 503 immediately. Default 256. */
  readonly inFlightMax?: number | undefined;
};

/** A running scoring server. */
export type ScoringServer = {
  /** Without a trailing slash. */
  readonly url: string;
  /** Stops accepting connections and resolves once all pending requests are answered. */
  close(): Promise<void>;
};

/** The longest wait for a request's body, as MLflow's `MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT`. */
const REQUEST_TIMEOUT_MS = 60_000;
/** The length of the queue for a Python worker; more would only use memory. */
const IN_FLIGHT_MAX = 256;
/** Tells rejected clients when to retry. */
const RETRY_AFTER_SECONDS = 1;
/** By then, requests that were on their way when the server began to stop have arrived. */
const DRAIN_MS = 200;
/** The name of the only model. */
const ONLY_MODEL = "model";

/**
 * Serves models over HTTP with MLflow's scoring protocol: POST `/invocations` for a single model, POST
 * `/serving-endpoints/NAME/invocations` for several (Databricks' path), the Open Inference Protocol below `/v2`, GET
 * `/ping`, `/health`, `/version`, and `/metrics` for Prometheus. Errors are MLflow's JSON, `{ error_code, message }`.
 *
 * Throws `RESOURCE_CONFLICT` if the port is in use.
 *
 * @example
 * ```ts
 * const model = await loadModel("airline-model");
 * const server = await startScoringServer({ model, port: 55755 });
 * await fetch(`${server.url}/invocations`, {
 *   method: "POST",
 *   headers: { "Content-Type": "application/json" },
 *   body: JSON.stringify({ dataframe_split: { columns: ["Distance"], data: [[1846]] } }),
 * });
 * await server.close();
 * await model.close();
 * ```
 */
export async function startScoringServer(options: ScoringServerOptions): Promise<ScoringServer> {
  const { model, host = "127.0.0.1", port, inFlightMax = IN_FLIGHT_MAX } = options;
  const models = model instanceof ModelSet ? model : new ModelSet({ [ONLY_MODEL]: model });
  const isAllowed = hostCheck(host, options.allowedHosts);
  const context: Context = {
    models,
    isAllowed,
    inFlightMax,
    metrics: new Metrics(),
    inFlight: 0,
    isClosing: false,
  };
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answer(request, goneSignal(response), context).then(
      (answered) => send(response, answered, context),
      (error: unknown) => send(response, errorAnswer(error, request.url), context),
    );
  });
  const url = await listen(server, host, port);
  return { url, close: () => close(server, context) };
}

/** Fires if the client disconnects before it has its answer. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new AppError("CANCELLED", "the client went away"));
  });
  return gone.signal;
}

async function answer(request: IncomingMessage, gone: AbortSignal, context: Context): Promise<HttpAnswer> {
  const { host } = request.headers;
  if (!context.isAllowed(host)) {
    throw new AppError("PERMISSION_DENIED", `the Host header must name this server, got ${host ?? "none"}`);
  }
  const { method, url = "" } = request;
  if (method === "POST" && url === "/invocations")
    return await invokeScoring(onlyName(context.models), { request, gone }, context);
  const name = method === "POST" ? ENDPOINT.exec(url)?.groups?.["name"] : undefined;
  if (name !== undefined) return await invokeScoring(decodedName(name), { request, gone }, context);
  if (url === "/v2" || url.startsWith("/v2/")) return await answerV2({ request, gone }, context);
  if (method === "GET" && (url === "/ping" || url === "/health")) return text("\n");
  if (method === "GET" && url === "/version") return text(MLFLOW_VERSION);
  if (method === "GET" && url === "/metrics") {
    return text(context.metrics.text(context.inFlight), PROMETHEUS_TYPE);
  }
  const post = context.models.names.length === 1 ? "/invocations" : "/serving-endpoints/NAME/invocations";
  const message = `${method} ${url} is not served; POST ${post}, GET /ping, /health, /version, /metrics are`;
  throw new AppError("ENDPOINT_NOT_FOUND", message);
}

const ENDPOINT = /^\/serving-endpoints\/(?<name>[^/?]+)\/invocations$/;

/** Handles MLflow's scoring protocol. */
function invokeScoring(name: string, asked: Asked, context: Context): Promise<HttpAnswer> {
  const contentType = asked.request.headers["content-type"];
  return invoke(name, asked, context, (model, body) => {
    return model.answer({ contentType, body, signal: asked.gone });
  });
}

function onlyName({ names }: ModelSet): string {
  const [name, second] = names;
  if (name !== undefined && second === undefined) return name;
  const message = `several models are served: POST /serving-endpoints/NAME/invocations, NAME one of ${names.join(", ")}`;
  throw new AppError("BAD_REQUEST", message);
}

function send(
  response: ServerResponse,
  { status, contentType, body, headers }: HttpAnswer,
  { isClosing }: Context,
): void {
  // We do not read the rest of a rejected body. Clients answered during shutdown must connect elsewhere.
  if (!response.req.complete || isClosing) response.shouldKeepAlive = false;
  if (status === ERROR_STATUS.TEMPORARILY_UNAVAILABLE) response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(listenError(cause, host, port)));
    server.listen({ host, port }, resolve);
  });
  const address = server.address() as AddressInfo; // A TCP server always has one.
  const shown = address.address.includes(":") ? `[${address.address}]` : address.address;
  return `http://${shown}:${address.port}`;
}

function listenError(cause: Error, host: string, port: number): AppError {
  if ("code" in cause && cause.code === "EADDRINUSE") {
    return new AppError("RESOURCE_CONFLICT", `port ${port} of ${host} is in use; choose another`, { cause });
  }
  return new AppError("IO_ERROR", `cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause });
}

/**
 * Node's HTTP `close` cuts idle connections immediately, including those where a request is just arriving. So we first
 * stop listening only, and close idle connections a moment later.
 */
async function close(server: Server, context: Context): Promise<void> {
  context.isClosing = true;
  const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  await settleWithin(DRAIN_MS, closed);
  server.closeIdleConnections();
  await closed;
}
