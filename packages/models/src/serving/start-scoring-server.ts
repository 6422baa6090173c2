import { AppError, isAppError, messageOf } from "@flightdeck/core";
import { ERROR_STATUS, errorToWire } from "@flightdeck/protocol";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import { loadModel } from "../load-model.ts";
import type { Scorer } from "../scorer.ts";
import { hostCheck } from "./allowed-hosts.ts";
import { UnsupportedContentType } from "./content-type.ts";
import { scoreRequest } from "./score-request.ts";

export type ScoringServerOptions = {
  /** A model folder, as `saveModel` writes it. */
  readonly modelDir: string;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** 0 picks a free one. */
  readonly port: number;
  /** Names under which the server may be called besides its own. */
  readonly allowedHosts?: readonly string[] | undefined;
};

export type ScoringServer = {
  /** Without a trailing slash. */
  readonly url: string;
  readonly scorer: Scorer;
  /** Answers what is under way, then stops. */
  close(): Promise<void>;
};

/** Half a million rows of the guide's thirteen columns. */
const BODY_BYTES_MAX = 64 * 2 ** 20;
/** MLflow's `MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT`: the longest wait for a request's body. */
const REQUEST_TIMEOUT_MS = 60_000;
/** What `/version` answers: the release of MLflow whose scoring protocol this is. */
const PROTOCOL_VERSION = "3.17.2";

const UNSUPPORTED_MEDIA_TYPE = 415;

/**
 * Serves a model folder over HTTP with MLflow's scoring protocol: POST `/invocations`, GET `/ping`, `/health` and
 * `/version`. Errors are MLflow's JSON, `{ error_code, message }`.
 *
 * Throws as `loadModel` does; `RESOURCE_CONFLICT` when the port is in use.
 *
 * @example
 * ```ts
 * const server = await startScoringServer({ modelDir: "airline-model", port: 55755 });
 * await fetch(`${server.url}/invocations`, {
 *   method: "POST",
 *   headers: { "Content-Type": "application/json" },
 *   body: JSON.stringify({ dataframe_split: { columns: ["Distance"], data: [[1846]] } }),
 * });
 * await server.close();
 * ```
 */
export async function startScoringServer(options: ScoringServerOptions): Promise<ScoringServer> {
  const { host = "127.0.0.1", port } = options;
  const scorer = await loadModel(options.modelDir);
  const app = fastify({ bodyLimit: BODY_BYTES_MAX, requestTimeout: REQUEST_TIMEOUT_MS });
  refuseOtherHosts(app, hostCheck(host, options.allowedHosts));
  addRoutes(app, scorer);
  answerErrors(app);
  const url = await listen(app, host, port);
  return { url, scorer, close: () => app.close() };
}

function refuseOtherHosts(app: FastifyInstance, isAllowed: (header: string | undefined) => boolean): void {
  app.addHook("onRequest", (request, _reply, done) => {
    if (isAllowed(request.headers.host)) return done();
    const message = `the Host header must name this server, got ${request.headers.host ?? "none"}`;
    done(new AppError("PERMISSION_DENIED", message));
  });
}

function addRoutes(app: FastifyInstance, scorer: Scorer): void {
  // Bodies come as text, whatever their type: `scoreRequest` reads the Content-Type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.get("/ping", (_request, reply) => reply.type("application/json").send("\n"));
  app.get("/health", (_request, reply) => reply.type("application/json").send("\n"));
  app.get("/version", (_request, reply) => reply.type("application/json").send(PROTOCOL_VERSION));
  app.post("/invocations", async (request, reply) => {
    const body = typeof request.body === "string" ? request.body : "";
    const answer = await scoreRequest(scorer, { contentType: request.headers["content-type"], body });
    return reply.type("application/json").send(answer);
  });
}

function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) => {
    const message = `${request.method} ${request.url} is not served; POST /invocations, GET /ping, /health, /version are`;
    return sendError(reply, new AppError("ENDPOINT_NOT_FOUND", message));
  });
  app.setErrorHandler<FastifyError>((error, _request, reply) => sendError(reply, asAppError(error)));
}

function sendError(reply: FastifyReply, error: AppError): FastifyReply {
  const status = error instanceof UnsupportedContentType ? UNSUPPORTED_MEDIA_TYPE : ERROR_STATUS[error.code];
  return reply
    .status(status)
    .type("application/json")
    .send(JSON.stringify(errorToWire(error)));
}

function asAppError(error: FastifyError): AppError {
  if (isAppError(error)) return error;
  if (error.statusCode === 413) {
    return new AppError("MAX_BLOCK_SIZE_EXCEEDED", `the body must have at most ${BODY_BYTES_MAX} bytes`);
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new AppError("BAD_REQUEST", error.message, { cause: error });
  }
  return new AppError("INTERNAL_ERROR", `scoring failed: ${messageOf(error)}`, { cause: error });
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    throw listenError(cause, host, port);
  }
}

function listenError(cause: unknown, host: string, port: number): AppError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE") {
    return new AppError("RESOURCE_CONFLICT", `port ${port} of ${host} is in use; choose another`, { cause });
  }
  return new AppError("IO_ERROR", `cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause });
}
