import { type Access, ANYBODY, API_PREFIXES } from "@flightdeck/protocol";
import type { FastifyContextConfig, FastifyInstance } from "fastify";
import type { z } from "zod";
import type { CallFacts } from "../calls/mount-route.ts";

/** A mounted call, once for each method and version. */
export type MountedCall = CallFacts & {
  /** The name, with method and version when it has several. */
  readonly operationId: string;
  readonly method: string;
  /** As OpenAPI writes it: `/api/2.0/mlflow/traces/{trace_id}`. */
  readonly path: string;
  /** The noun in its path, which groups calls. */
  readonly tag: string;
  readonly access: Access;
  readonly request?: z.ZodType | undefined;
  readonly takesAnyBody: boolean;
  readonly startsPrograms: boolean;
  readonly fieldsInQuery: boolean;
  /** The other path that serves the same call. */
  readonly twin?: string | undefined;
};

/** Records every call that is mounted from now on. The list is complete when the application is ready. */
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

/** For a path under the second prefix, the same path under the first; undefined for other paths. */
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

/** The name of a path's field in the description, where `*` is not a valid name. */
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

/** Segments that say whose API it is rather than what it is about. */
const NO_NOUNS = new Set(["mlflow", "flightdeck", "preview", "v1", ".well-known"]);

function tagOf(path: string): string {
  const segments = path.replace(/^\/(ajax-)?api\//, "/").split("/");
  const [first = "", ...rest] = segments.filter((segment) => segment !== "" && !isVersion(segment));
  if (rest.length === 0) return NO_GROUP;
  const noun = [first, ...rest].find((segment) => !NO_NOUNS.has(segment)) ?? first;
  return noun.split(":", 1)[0] ?? noun;
}

/** The group of calls without a noun, or with one that no other call has. */
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
