import { AppError, assert } from "@flightdeck/core";
import type { Access, Resource } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import { checkAudience } from "../identity/access.ts";
import type { TokenGuard } from "../identity/token-guard.ts";
import { STRANGER, type Authenticator, type Principal } from "./authenticator.ts";
import type { HostPolicy } from "./host-policy.ts";

declare module "fastify" {
  interface FastifyRequest {
    principal: Principal;
    /** What it names, for the audit log; where there is one. */
    named?: () => readonly Resource[];
  }
  interface FastifyContextConfig {
    /** Who may make a request. A route that does not declare it is closed to everybody. */
    access?: Access;
    /** Set by what mounts endpoints and routes: they check what a request names before they answer. */
    checks?: "what it names";
    /** What its requests are read by. */
    request?: z.ZodType;
    /** Answers whatever the Host header says: probes call by address. Nothing behind it tells or changes anything. */
    anyHost?: boolean;
    /** Takes bodies of any content type, which it never reads as JSON. */
    rawBody?: boolean;
    /** A POST may come without a body, with its fields in the query. */
    fieldsInQuery?: boolean;
  }
}

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export type GuardOptions = {
  readonly hostPolicy: HostPolicy;
  readonly authenticate: Authenticator;
  /** Where tokens are asked for. */
  readonly tokens?: TokenGuard | undefined;
};

/** Lets a request through to its route: right host, right origin, a body that may change things, a caller of its audience. */
export function addGuard(app: FastifyInstance, { hostPolicy, authenticate }: GuardOptions): void {
  app.decorateRequest("principal");
  app.decorateRequest("named");
  app.addHook("onRoute", ({ url, config }) => {
    const isChecked = config?.access?.audience === "anybody" || config?.checks === "what it names";
    assert(isChecked || config?.access === undefined, `nothing checks what requests to ${url} name`);
  });
  app.addHook("onRequest", async (request) => {
    const { config } = request.routeOptions;
    if (config.anyHost === true) return;
    checkHosts(request, hostPolicy);
    if (!READING_METHODS.has(request.method)) {
      hostPolicy.checkOrigin(request.headers.origin, request.headers.host);
      if (config.rawBody !== true) checkContentType(request);
    }
    if (request.is404) return;
    request.principal = STRANGER;
    if (config.access?.audience === "anybody") return;
    request.principal = await authenticate(request);
    if (config.access === undefined) throw new AppError("PERMISSION_DENIED", "this route is closed");
    checkAudience(request.principal, config.access);
  });
}

/** A request in absolute form, as proxies get it, names its host twice. */
function checkHosts(request: FastifyRequest, policy: HostPolicy): void {
  policy.checkHost(request.headers.host);
  const absolute = ABSOLUTE_FORM.exec(request.originalUrl);
  if (absolute !== null) policy.checkHost(absolute[1]);
}

const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;

/** The path and query of a request target in absolute form; others stay as they are. */
export function originForm(target: string): string {
  const rest = target.replace(ABSOLUTE_FORM, "");
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/**
 * Only JSON changes things: a form or a text of another site's page is sent without asking first. DELETE, which is
 * never sent so, may come without a body; so may the calls that have their fields in the query: of pages the origin has
 * been checked.
 */
function checkContentType(request: FastifyRequest): void {
  const type = request.headers["content-type"];
  if (type === undefined && (request.method === "DELETE" || mayBeEmpty(request))) return;
  if (/^(application|text)\/json\s*(;|$)/i.test(type ?? "")) return;
  const got = type === undefined ? "none" : JSON.stringify(type);
  throw new AppError("BAD_REQUEST", `the Content-Type must be application/json, got ${got}`);
}

function mayBeEmpty({ headers, routeOptions: { config } }: FastifyRequest): boolean {
  if (config.fieldsInQuery !== true) return false;
  return headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0;
}
