import { newId } from "@flightdeck/core";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { IncomingMessage } from "node:http";
import type { Logger } from "pino";
import { loggedPath } from "./answer-error.ts";
import type { ServerMetrics } from "./server-metrics.ts";

/** Request ids that we accept from a proxy or client: all common formats, but nothing that corrupts a log. */
const REQUEST_ID = /^[A-Za-z0-9._:+/=-]{1,128}$/;

/** The id that identifies a request in logs: its own `x-request-id`, else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && REQUEST_ID.test(given) ? given : newId();
}

export type ObserveOptions = {
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  /** Calls that take at least this long are logged; 0 logs none. */
  readonly slowCallMs: number;
};

/** Adds the request id to each response, counts the request, and logs it if it was slow, or always at level `debug`. */
export function observeRequests(app: FastifyInstance, options: ObserveOptions): void {
  const { logger, metrics, slowCallMs } = options;
  const logsAll = logger.isLevelEnabled("debug");
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("x-request-id", request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const { statusCode: status, elapsedTime: durationMs } = reply;
    const call = callOf(request);
    metrics.observe({ call, method: request.method, status, seconds: durationMs / 1000 });
    const isSlow = slowCallMs > 0 && durationMs >= slowCallMs && isCall(request, reply);
    if (logsAll || isSlow) {
      const facts = { call, method: request.method, path: loggedPath(request.url), status, durationMs };
      const line = { requestId: request.id, ...facts };
      if (isSlow) logger.warn(line, "slow call");
      else logger.debug(line, "answered");
    }
    done();
  });
}

function callOf({ is404, routeOptions }: FastifyRequest): string {
  if (is404) return "none";
  return routeOptions.config.describes?.name ?? "page";
}

/** Excludes transfers and event streams, which may take arbitrarily long. */
function isCall({ routeOptions }: FastifyRequest, reply: FastifyReply): boolean {
  if (routeOptions.config.rawBody === true) return false;
  return String(reply.getHeader("content-type") ?? "").startsWith("application/json");
}
