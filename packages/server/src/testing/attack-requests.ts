import { needsOf, type Resource } from "@flightdeck/protocol";
import type { InjectOptions } from "fastify";
import { type Attempt, attemptsOn, leavesOf, requestSchema, sampleOf, withValue } from "./attack-values.ts";
import type { World } from "./two-worlds.ts";
import type { WalkedApp, WalkedRoute } from "./walked-app.ts";

/** One request of an attacker. */
export type Attack = Omit<Attempt, "fields"> & {
  readonly request: InjectOptions & { readonly url: string };
};

const TWINS = /^\/ajax-api\/(?!2\.0\/mlflow\/(upload-artifact|logged-models\/:model_id\/artifacts\/files))/;

/** Routes without twins for pages, and without HEAD, which answers no more than GET. */
export function attackedRoutes({ routes }: WalkedApp): readonly WalkedRoute[] {
  return routes.filter(({ url, method }) => !TWINS.test(url) && method !== "HEAD");
}

/** Every attempt on a route, as a request to it. */
export function attacksOn(route: WalkedRoute, own: World, foreign: World): readonly Attack[] {
  return attemptsOn(route, own, foreign).map(({ fields, ...attempt }) => ({
    ...attempt,
    request: requestTo(route, fields),
  }));
}

/** A field that a route's schema marks as a name, and what the route declares for a request with a name in it. */
export type MarkedField = {
  readonly field: string;
  readonly kind: Resource["kind"];
  readonly name: string;
  readonly declared: readonly Resource[];
};

/** Every field of a route's requests that names something. Throws for a route whose schema refuses the sample. */
export function markedFields(route: WalkedRoute, world: World): readonly MarkedField[] {
  const schema = requestSchema(route);
  const base = sampleOf(schema, world);
  return leavesOf(schema).flatMap(({ place, schema: { "x-resource": kind } }) => {
    const name = kind && world.names[kind].at(-1);
    if (kind === undefined || name === undefined) return [];
    const request = route.request?.parse(withValue(base, place, name));
    const declared = needsOf(route.access, request).map(({ resource }) => resource);
    return [{ field: place.join("."), kind, name, declared }];
  });
}

/** What records are called wherever they are named. */
const NAMING_FIELD = /^(source_)?(experiment|run|model|trace|request)_(id|ids|uuid)$/;

/** An assessment belongs to the trace that the call names, whatever it says of itself. */
const UNREAD_FIELD = /(^|\.)assessments?\.trace_id$/;

/** Fields that by their name name something, and that their schema does not mark. */
export function unmarkedNames(route: WalkedRoute): readonly string[] {
  const unmarked = leavesOf(requestSchema(route)).filter(({ schema }) => schema["x-resource"] === undefined);
  const fields = unmarked.map(({ place }) => place.filter((step) => typeof step === "string").join("."));
  const naming = fields.filter((field) => NAMING_FIELD.test(field.split(".").at(-1) ?? ""));
  return naming.filter((field) => !UNREAD_FIELD.test(field));
}

/** Sends fields every way in which the route could read them: by path, query, body and header. */
function requestTo({ method, url }: WalkedRoute, fields: unknown): InjectOptions & { readonly url: string } {
  const given: Readonly<Record<string, unknown>> = typeof fields === "object" ? { ...fields } : {};
  const path = url
    .replace(/(?<!:):(\w+)/g, (_all, name: string) =>
      encodeURIComponent(textOf(given[name] ?? given["path"])),
    )
    .replaceAll("::", ":")
    .replace("*", textOf(given["*"] ?? given["folder"]).replace(/^\//, ""));
  const inPath = [...url.matchAll(/(?<!:):(\w+)/g)].map(([, name]) => name);
  const rest = Object.entries(given).filter(([name]) => name !== "*" && !inPath.includes(name));
  const query = new URLSearchParams();
  for (const [name, value] of rest) {
    for (const each of [value].flat()) query.append(name, textOf(each));
  }
  const headers = rest
    .filter(([name]) => name.startsWith("x-"))
    .map(([name, value]) => [name, headerOf(value)]);
  const isBodiless = method === "GET" || method === "HEAD";
  return {
    method,
    url: `${path}?${query.toString()}`,
    headers: { "content-type": "application/json", ...Object.fromEntries(headers) },
    ...(!isBodiless && { payload: JSON.stringify(Object.fromEntries(rest)) }),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Node's client refuses other characters itself. */
function headerOf(value: unknown): string {
  return [value].flat().map(textOf).join(", ").replaceAll("\0", "");
}
