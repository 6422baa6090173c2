import { AppError, codeOf, invalid, jsonDepthExceeds } from "@flightdeck/core";
import { LIMITS } from "@flightdeck/protocol";
import { isIP } from "node:net";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { answerClientError, answerError } from "./answer-error.ts";
import { type ObserveOptions, observeRequests, requestIdOf } from "./observe-requests.ts";
import { originForm } from "./read-request.ts";

/** Maximum nesting of a body. Requests have five levels; the documents of clusters and models a few more. */
const BODY_DEPTH_MAX = 100;
/** A client that has not sent its headers by then is only holding a connection open. */
const HEADERS_WAIT_MS = 30_000;
/** When to close an idle connection: longer than any query takes, so only abandoned connections are affected. */
const IDLE_CONNECTION_MS = 120_000;
/** Longer than the 60 s of common proxies, so that the proxy closes the connection first and no request is lost. */
const KEEP_ALIVE_MS = 75_000;
/** Six hours for a whole request including its body: enough for 250 GB at 100 Mbit/s. */
const REQUEST_MS = 21_600_000;
/**
 * Each connection costs a file descriptor and about 10 kB; processes are usually limited to 1024 to 65536 descriptors.
 */
const CONNECTIONS_MAX = 10_000;
/** For ids and keys in a path; a key has up to 250 characters, each up to 12 bytes when percent-encoded. */
const PATH_PARAMETER_CHARS_MAX = 3000;
/** How long requests in progress may continue while the server closes. */
const CLOSE_WAIT_MS = 10_000;

/** Creates the HTTP application without routes: its limits, body parsers and error handler. */
export function openHttpApp(observe: ObserveOptions, trustedProxies: readonly string[]): FastifyInstance {
  const app = createServer(observe.logger, trustedProxies);
  app.setErrorHandler(answerError);
  readJsonAlone(app);
  observeRequests(app, observe);
  return app;
}

function createServer(loggerInstance: FastifyBaseLogger, trustedProxies: readonly string[]): FastifyInstance {
  const app = fastify({
    loggerInstance,
    childLoggerFactory: (parent) => parent, // A logger per request would cost more than the request itself.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    exposeHeadRoutes: false, // Artifacts define HEAD routes that read no file.
    bodyLimit: LIMITS.jsonBodyBytesMax,
    connectionTimeout: IDLE_CONNECTION_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: "idle",
    // Ignores upgrades, as HTTP allows (RFC 9110, section 7.8): the request is answered as if it had not asked for one.
    http: { headersTimeout: HEADERS_WAIT_MS, shouldUpgradeCallback: () => false },
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARS_MAX },
    rewriteUrl: (request) => withoutPreview(originForm(request.url ?? "/")),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply), // Sends the response.
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  return app;
}

/** Named networks that the framework knows. */
const NAMED_NETWORKS: ReadonlySet<string> = new Set(["loopback", "linklocal", "uniquelocal"]);

/** Throws `INVALID_PARAMETER_VALUE` unless each proxy is an address or a network. */
export function checkTrustedProxies(proxies: readonly string[]): void {
  for (const proxy of proxies) {
    if (NAMED_NETWORKS.has(proxy) || isAddressOrNetwork(proxy)) continue;
    throw invalid(`trusted proxies must be addresses or networks such as 10.0.0.0/8, got '${proxy}'`);
  }
}

function isAddressOrNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const bitsMax = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (bitsMax < 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax);
}

/**
 * Parses only JSON bodies; the old Databricks command line calls them `text/json`. Browsers cannot send either type
 * across origins without a preflight. Checks the nesting of a body before parsing it.
 */
function readJsonAlone(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser(["text/plain", "application/json"]);
  app.addContentTypeParser<string>(JSON_TYPES, { parseAs: "string" }, (request, body, done) => {
    if (!jsonDepthExceeds(body, BODY_DEPTH_MAX)) return parse(request, body, done);
    const message = `the request is nested deeper than ${BODY_DEPTH_MAX} levels`;
    return done(new AppError("BAD_REQUEST", message));
  });
}

const JSON_TYPES = ["application/json", "text/json"];

/** The server's limits, for its log. The API description has the limits of fields and pages. */
export function limitsOfServer(): Readonly<Record<string, number>> {
  return {
    connections: CONNECTIONS_MAX,
    jsonBodyBytes: LIMITS.jsonBodyBytesMax,
    headersWaitMs: HEADERS_WAIT_MS,
    idleConnectionMs: IDLE_CONNECTION_MS,
    requestMs: REQUEST_MS,
  };
}

export type ListenAddress = { readonly host: string; readonly port: number };

/** Starts listening and returns the server's URL. */
export async function listen(app: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `listening at ${address}` });
  } catch (error) {
    throw listenError(error, { host, port });
  }
  const address = app.server.address();
  const taken = typeof address === "object" && address !== null ? address.port : port;
  return `http://${reachableName(host)}:${taken}`;
}

/** Replaces a wildcard address, which clients cannot connect to. */
function reachableName(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

function listenError(error: unknown, { host, port }: ListenAddress): unknown {
  const fail = (
    errorCode: "RESOURCE_CONFLICT" | "PERMISSION_DENIED" | "INVALID_PARAMETER_VALUE",
    message: string,
  ) => new AppError(errorCode, message, { cause: error });
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return fail("RESOURCE_CONFLICT", `port ${port} on ${host} is in use; choose another with --port`);
    case "EACCES":
      return fail("PERMISSION_DENIED", `port ${port} on ${host} may not be opened; choose one above 1023`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return fail("INVALID_PARAMETER_VALUE", `host '${host}' is not a hostname or address of this machine`);
    case "ERR_SOCKET_BAD_PORT":
      return fail("INVALID_PARAMETER_VALUE", `port must be 0..65535, got ${port}`);
    default:
      return error;
  }
}

/** Too short to notice; the check itself takes microseconds. */
const IDLE_CHECK_MS = 20;

/** Stops accepting connections, lets requests in progress finish, and cuts off those that exceed the time limit. */
export async function closeWithin(app: FastifyInstance): Promise<void> {
  const cutOff = setTimeout(() => app.server.closeAllConnections(), CLOSE_WAIT_MS);
  // Otherwise a connection would stay open after its last request, waiting for the client's next one.
  const closingIdle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(cutOff);
    clearInterval(closingIdle);
  }
}

/** MLflow clients before 2.0 also call most endpoints below `/preview`; this removes the prefix before routing. */
export function withoutPreview(target: string): string {
  return target.replace(PREVIEW, "$1/mlflow/");
}

const PREVIEW = /^(\/(?:ajax-)?api\/2\.0)\/preview\/mlflow\//;
