import { AppError, jsonDepthExceeds } from "@flightdeck/core";
import { LIMITS } from "@flightdeck/protocol";
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RouteOptions,
} from "fastify";
import type { Logger } from "pino";
import { mountEndpoints } from "../api/mount-endpoints.ts";
import type { Services } from "../api/services.ts";
import { mountArtifactDownloads } from "../artifacts/artifact-downloads.ts";
import { mountArtifactMultipart } from "../artifacts/artifact-multipart.ts";
import { mountArtifactProxy } from "../artifacts/artifact-proxy.ts";
import { mountArtifactUpload } from "../artifacts/artifact-upload.ts";
import { BOUNDS } from "../bounds.ts";
import { mountDescription } from "../description/mount-description.ts";
import { recordCalls } from "../description/mounted-calls.ts";
import { mountDbfsPut } from "../dbfs/dbfs-put.ts";
import { mountDbfsStreams } from "../dbfs/dbfs-streams.ts";
import { mountEventStream } from "../events/event-stream.ts";
import { mountOauth } from "../identity/oauth-routes.ts";
import { addAudit } from "../identity/token-guard.ts";
import { mountFilesApi } from "../files/mount-files-api.ts";
import { mountGraphql } from "../graphql/graphql-route.ts";
import { mountPage, type Page } from "../page/page.ts";
import { mountProbes } from "../server-info/probes.ts";
import { mountSignedRoutes } from "../signed/signed-routes.ts";
import { mountOtlpTraces } from "../traces/otlp-route.ts";
import { answerClientError } from "./answer-client-error.ts";
import { answerError, loggedPath } from "./answer-error.ts";
import { addGuard, type GuardOptions, originForm } from "./guard.ts";
import { withoutPreview } from "./preview-prefix.ts";

export type AppOptions = GuardOptions & {
  readonly services: Services;
  readonly pageDir: string | undefined;
  readonly logger: Logger;
  /** Is told of every route as it is made, for tests that walk them. */
  readonly onRoute?: (route: RouteOptions) => void;
};

/** The HTTP application, ready to listen: bounds, guard, routes, and the one place that answers errors. */
export function createApp({ services, pageDir, logger, onRoute, ...guard }: AppOptions): FastifyInstance {
  const app = createServer(logger);
  if (onRoute !== undefined) app.addHook("onRoute", onRoute);
  const calls = recordCalls(app);
  app.setErrorHandler(answerError);
  readJsonAlone(app);
  addGuard(app, guard);
  if (guard.tokens !== undefined) addAudit(app, guard.tokens);
  logRequests(app, logger);
  mountEndpoints(app, services);
  mountOtlpTraces(app, services);
  mountGraphql(app, services);
  mountArtifactProxy(app, services);
  mountArtifactDownloads(app, services);
  mountArtifactUpload(app, services);
  mountArtifactMultipart(app, services);
  mountDbfsStreams(app, services);
  mountDbfsPut(app, services);
  mountFilesApi(app, services);
  mountSignedRoutes(app, services);
  mountEventStream(app, services);
  mountOauth(app, services.store.workspace, guard.tokens?.authenticator);
  mountProbes(app);
  mountDescription(app, calls);
  answerUnknown(app, mountPage(app, pageDir));
  return app;
}

function createServer(loggerInstance: FastifyBaseLogger): FastifyInstance {
  const app = fastify({
    loggerInstance,
    childLoggerFactory: (parent) => parent, // One for each request would cost more than the request's own work.
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false, // Those of artifacts are their own, and read no file.
    bodyLimit: LIMITS.jsonBodyBytesMax,
    connectionTimeout: BOUNDS.idleConnectionMs,
    keepAliveTimeout: BOUNDS.keepAliveMs,
    requestTimeout: BOUNDS.requestMs,
    forceCloseConnections: "idle",
    // Nothing here is upgraded to: whoever offers it is answered as if not, as HTTP says (RFC 9110, section 7.8).
    http: { headersTimeout: BOUNDS.headersWaitMs, shouldUpgradeCallback: () => false },
    routerOptions: { maxParamLength: BOUNDS.pathParameterCharsMax },
    rewriteUrl: (request) => withoutPreview(originForm(request.url ?? "/")),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply), // Sent when it returns.
  });
  app.server.maxConnections = BOUNDS.connectionsMax;
  return app;
}

/**
 * Bodies are JSON, `text/json` in the old Databricks command line's words; a page may send neither without asking first.
 * How deep a body is is looked at before it is parsed.
 */
function readJsonAlone(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser(["text/plain", "application/json"]);
  app.addContentTypeParser<string>(JSON_TYPES, { parseAs: "string" }, (request, body, done) => {
    if (!jsonDepthExceeds(body, BOUNDS.bodyDepthMax)) return parse(request, body, done);
    const message = `the request is nested deeper than ${BOUNDS.bodyDepthMax} levels`;
    return done(new AppError("BAD_REQUEST", message));
  });
}

const JSON_TYPES = ["application/json", "text/json"];

/** Answered requests are told at debug level alone; without it, not even the hook is there. */
function logRequests(app: FastifyInstance, logger: Logger): void {
  if (!logger.isLevelEnabled("debug")) return;
  app.addHook("onResponse", (request, reply, done) => {
    const { method, url } = request;
    logger.debug(
      { method, path: loggedPath(url), status: reply.statusCode, durationMs: reply.elapsedTime },
      "answered",
    );
    done();
  });
}

function answerUnknown(app: FastifyInstance, page: Page): void {
  app.setNotFoundHandler((request, reply) => {
    const answered = page.answer(request, reply);
    if (answered !== undefined) return answered;
    const path = loggedPath(request.url);
    throw new AppError("ENDPOINT_NOT_FOUND", `No API found for '${request.method} ${path}'`);
  });
}
