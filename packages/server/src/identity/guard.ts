import { AppError, assert } from "@flightdeck/core";
import type { Access, Resource } from "@flightdeck/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isIP } from "node:net";
import { hostname as machineName } from "node:os";
import type { z } from "zod";
import { absoluteHostOf } from "../http/read-request.ts";
import { checkAudience } from "./access.ts";
import type { TokenGuard } from "./audit-log.ts";
import { type Authenticator, type Principal, STRANGER } from "./principal.ts";

declare module "fastify" {
  interface FastifyRequest {
    principal: Principal;
    /** The records that it names, for the audit log. */
    named?: () => readonly Resource[];
  }
  interface FastifyContextConfig {
    /** Who may make a request. A route that declares nothing is closed to everybody. */
    access?: Access;
    /** Set where endpoints and routes are mounted: they check the records that a request names before they answer. */
    checks?: "what it names";
    /** The schema of its requests. */
    request?: z.ZodType;
    /** Ignores the Host header, since probes call by address. Such a route neither reveals nor changes anything. */
    anyHost?: boolean;
    /** Accepts bodies of any content type and never parses them as JSON. */
    rawBody?: boolean;
    /** A POST may have its fields in the query and no body. */
    fieldsInQuery?: boolean;
  }
}

const READING_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export type GuardOptions = {
  readonly hostPolicy: HostPolicy;
  readonly authenticate: Authenticator;
  /** On a server that asks for tokens. */
  readonly tokens?: TokenGuard | undefined;
};

/** Admits a request to its route only with an allowed host, origin and content type, and from a caller of its audience. */
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
  const absolute = absoluteHostOf(request.originalUrl);
  if (absolute !== undefined) policy.checkHost(absolute);
}

/**
 * Only JSON may change things, since browsers send forms and plain text from other sites without a preflight. A DELETE
 * always needs a preflight, so it may come without a body. So may calls with their fields in the query: the origin of a
 * page has been checked.
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

/** The hostnames that requests may use for this server, and the pages that may change things on it. */
export type HostPolicy = {
  /** Throws `PERMISSION_DENIED` for a Host header that does not name this server. */
  checkHost(header: string | undefined): void;
  /** Throws `PERMISSION_DENIED` for the Origin header of another site's page. */
  checkOrigin(origin: string | undefined, host: string | undefined): void;
};

export type HostPolicyInput = {
  /** What the server is bound to: a hostname, an address, or a wildcard, `0.0.0.0` or `::`. */
  readonly boundHost: string;
  /** Further hostnames: `name`, `name:port`, `*.domain`, or `*` for any. */
  readonly allowedHosts: readonly string[];
};

/**
 * A page that rebinds its own name to this server's address ("DNS rebinding") sends that name as its Host; so only names
 * of this server are allowed. Addresses cannot be rebound: a server that is bound to a wildcard accepts any address.
 */
export function createHostPolicy({ boundHost, allowedHosts }: HostPolicyInput): HostPolicy {
  const bound = boundHost.toLowerCase();
  const allowed = allowedHosts.map((host) => host.trim().toLowerCase()).filter((host) => host !== "");
  const listed = (host: string, name: string): boolean =>
    allowed.some((pattern) => pattern === host || pattern === name || matchesWildcard(pattern, name));
  const ownName = (name: string): boolean => {
    if (isLoopback(name) || name === bound) return true;
    return isWildcardAddress(bound) && (isIP(name) !== 0 || name === machineName().toLowerCase());
  };
  return {
    checkHost: (header) => {
      const name = nameOf(header ?? "");
      if (name !== undefined && (ownName(name) || allowed.includes("*"))) return;
      if (name !== undefined && listed((header ?? "").toLowerCase(), name)) return;
      // MLflow's wording. The header is quoted for whoever has to add it to --allowed-hosts.
      const message = `Invalid Host header - possible DNS rebinding attack detected: ${JSON.stringify(header ?? "")}; name it in --allowed-hosts if it is this server's`;
      throw new AppError("PERMISSION_DENIED", message);
    },
    checkOrigin: (origin, host) => {
      if (origin === undefined) return; // Not a browser: browsers always send it with requests that change things.
      const url = URL.parse(origin);
      const asHost = url?.host.toLowerCase();
      if (asHost !== undefined && asHost !== "" && asHost === host?.toLowerCase()) return;
      if (url !== null && asHost !== undefined && listed(asHost, url.hostname)) return;
      throw new AppError("PERMISSION_DENIED", `Cross-origin request blocked: ${JSON.stringify(origin)}`);
    },
  };
}

/** Whether a hostname or address always means this machine. */
export function isLoopback(name: string): boolean {
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

function isWildcardAddress(name: string): boolean {
  return name === "0.0.0.0" || name === "::";
}

/** The hostname in a Host header, without port and brackets; undefined when the header is malformed. */
function nameOf(header: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(header) ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

function matchesWildcard(pattern: string, name: string): boolean {
  return pattern.startsWith("*.") && name.endsWith(pattern.slice(1));
}
