import { AppError } from "@flightdeck/core";
import type { Permission } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Reference } from "@flightdeck/store";
import type { Needed } from "../identity/references-of.ts";
import type { TokenGuard } from "../identity/token-guard.ts";
import { ANYBODY, type Authenticator, type Principal } from "./authenticator.ts";
import type { HostPolicy } from "./host-policy.ts";

declare module "fastify" {
  interface FastifyRequest {
    principal: Principal;
    /** What it names, for the audit log; where there is one. */
    named?: readonly Reference[];
  }
  interface FastifyContextConfig {
    /** What a caller must hold. A route that names none is closed to everybody. */
    permission?: Permission;
    /**
     * What a request names, and what must be held on it. Where tokens are asked for, a route without it is for admins
     * alone, unless its handler checks by itself.
     */
    resources?: ((request: FastifyRequest) => readonly Needed[]) | "checked by the handler";
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

/** Lets a request through to its route: right host, right origin, a body that may change things, a permission held. */
export function addGuard(app: FastifyInstance, { hostPolicy, authenticate }: GuardOptions): void {
  app.decorateRequest("principal");
  app.addHook("onRequest", async (request) => {
    const { config } = request.routeOptions;
    if (config.anyHost === true) return;
    checkHosts(request, hostPolicy);
    if (!READING_METHODS.has(request.method)) {
      hostPolicy.checkOrigin(request.headers.origin, request.headers.host);
      if (config.rawBody !== true) checkContentType(request);
    }
    if (request.is404) return;
    request.principal = ANYBODY;
    if (config.permission === "public") return;
    request.principal = await authenticate(request);
    authorize(request.principal, config.permission);
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

function authorize(principal: Principal, permission: Permission | undefined): void {
  if (permission !== undefined && principal.may(permission)) return;
  throw new AppError(
    "PERMISSION_DENIED",
    `this call needs the permission '${permission ?? "none is enough"}'`,
  );
}
