import { type Access, ANYBODY, API_PREFIXES, type Creation } from "@flightdeck/protocol";
import type { FastifyContextConfig, FastifyInstance } from "fastify";
import type { z } from "zod";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the API's description says of a call. The page's own files are no calls, and have none. */
    describes?: CallFacts;
  }
}

/** What a call declares for its description, beside its access and its request. */
export type CallFacts = {
  /** A verb and a noun in camelCase: an endpoint's key in the table. */
  readonly name: string;
  /** Where a request's fields are, those of its path aside. Default: the query. */
  readonly fieldsIn?: "query" | "body" | "headers" | undefined;
  /** The field that a `*` at the end of the path gives. */
  readonly pathField?: string | undefined;
  readonly response?: z.ZodType | undefined;
  readonly creates?: Creation | undefined;
  /** What its schemas cannot say, as a sentence or two. */
  readonly description?: string | undefined;
};

/** A call as it is mounted, once for each method and version. */
export type MountedCall = CallFacts & {
  /** The name; where it has several methods or versions, with these. */
  readonly operationId: string;
  readonly method: string;
  /** As OpenAPI writes it: `/api/2.0/mlflow/traces/{trace_id}`. */
  readonly path: string;
  /** The noun in its path, by which calls are grouped. */
  readonly tag: string;
  readonly access: Access;
  readonly request?: z.ZodType | undefined;
  readonly takesAnyBody: boolean;
  readonly startsPrograms: boolean;
  readonly fieldsInQuery: boolean;
  /** The other path at which it is served alike. */
  readonly twin?: string | undefined;
};

/** Lists every call that is mounted from here on. It is whole when the application is ready. */
export function recordCalls(app: FastifyInstance): () => readonly MountedCall[] {
  const routes: Route[] = [];
  app.addHook("onRoute", ({ method, url, config = {} }) => {
    for (const each of [method].flat()) routes.push({ method: each, url, config });
  });
  return () => callsOf(routes);
}

type Route = { readonly method: string; readonly url: string; readonly config: FastifyContextConfig };

const [API, AJAX_API] = API_PREFIXES;

function callsOf(routes: readonly Route[]): readonly MountedCall[] {
  const places = new Set(routes.map(({ method, url }) => `${method} ${url}`));
  const calls = routes.flatMap(({ method, url, config }) => {
    if (config.describes === undefined || places.has(`${method} ${apiTwin(url)}`)) return [];
    const twin = url.startsWith(`${API}/`) ? AJAX_API + url.slice(API.length) : url;
    const isServedTwice = twin !== url && places.has(`${method} ${twin}`);
    return [callOf({ method, url, config }, config.describes, isServedTwice)];
  });
  const namesakes = Map.groupBy(calls, ({ name }) => name);
  const groups = Map.groupBy(calls, ({ tag }) => tag);
  return calls.map((call) => ({
    ...call,
    operationId: operationId(call, namesakes.get(call.name) ?? []),
    tag: tagWithin(groups.get(call.tag) ?? []),
  }));
}

/** The path under the first prefix of what is mounted under the second; nothing of what is not. */
function apiTwin(url: string): string | undefined {
  return url.startsWith(`${AJAX_API}/`) ? `${API}${url.slice(AJAX_API.length)}` : undefined;
}

function callOf({ method, url, config }: Route, facts: CallFacts, isServedTwice: boolean): MountedCall {
  const path = templateOf(url, parameterOf(facts.pathField));
  return {
    ...facts,
    operationId: facts.name,
    method: method.toLowerCase(),
    path,
    tag: tagOf(path),
    access: config.access ?? ANYBODY,
    request: config.request,
    takesAnyBody: config.rawBody ?? false,
    startsPrograms: config.startsPrograms ?? false,
    fieldsInQuery: config.fieldsInQuery ?? false,
    twin: isServedTwice ? `${AJAX_API}${path.slice(API.length)}` : undefined,
  };
}

/** What the description calls a field of the path: `*` is no name there. */
export function parameterOf(field = "*"): string {
  return field === "*" ? "path" : field;
}

/** The router writes `:name` for a parameter, `::` for a colon, and `*` for the rest. */
function templateOf(url: string, wildcard: string): string {
  return url
    .replace(/(?<!:):(\w+)/g, "{$1}")
    .replaceAll("::", ":")
    .replace(/\*$/, `{${wildcard}}`);
}

/** Segments that say whose API it is, not what it is about. */
const NO_NOUNS = new Set(["mlflow", "flightdeck", "preview", "v1", ".well-known"]);

function tagOf(path: string): string {
  const segments = path.replace(/^\/(ajax-)?api\//, "/").split("/");
  const [first = "", ...rest] = segments.filter((segment) => segment !== "" && !isVersion(segment));
  if (rest.length === 0) return NO_GROUP;
  const noun = [first, ...rest].find((segment) => !NO_NOUNS.has(segment)) ?? first;
  return noun.split(":", 1)[0] ?? noun;
}

/** Calls with no noun, or one that no other call has. */
const NO_GROUP = "server";

function tagWithin(group: readonly MountedCall[]): string {
  const names = new Set(group.map(({ name }) => name));
  return names.size === 1 ? NO_GROUP : (group[0]?.tag ?? NO_GROUP);
}

function isVersion(segment: string): boolean {
  return /^\d\.\d$/.test(segment);
}

function operationId(call: MountedCall, namesakes: readonly MountedCall[]): string {
  const methods = new Set(namesakes.map(({ method }) => method));
  const versions = new Set(namesakes.map(({ path }) => versionOf(path)));
  const parts = [
    call.name,
    ...(methods.size > 1 ? [call.method] : []),
    ...(versions.size > 1 ? [versionOf(call.path)] : []),
  ];
  return parts.join("_");
}

function versionOf(path: string): string {
  return (path.split("/").find(isVersion) ?? "").replace(".", "_");
}
