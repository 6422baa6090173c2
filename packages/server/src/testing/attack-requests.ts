import { needsOf, type Resource } from "@flightdeck/protocol";
import type { InjectOptions } from "fastify";
import {
  type Attempt,
  attemptsOn,
  catalogLevel,
  leavesOf,
  requestSchema,
  sampleOf,
  withValue,
} from "./attack-values.ts";
import type { World } from "./two-worlds.ts";
import type { WalkedApp, WalkedRoute } from "./walked-app.ts";

/** One request of an attacker. */
export type Attack = Omit<Attempt, "fields"> & {
  readonly request: InjectOptions & { readonly url: string };
};

const TWINS = /^\/ajax-api\/(?!2\.0\/mlflow\/(upload-artifact|logged-models\/:model_id\/artifacts\/files))/;

/** All routes except the page's copies of others, and except HEAD, which returns nothing that GET does not. */
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

/** A field that a route's schema marks as a name, and the records that the route declares for a request with it. */
export type MarkedField = {
  readonly field: string;
  readonly kind: Resource["kind"];
  readonly name: string;
  /** Set if the field contains only one level of the name. */
  readonly level?: number | undefined;
  readonly declared: readonly Resource[];
};

/** All fields of a route's requests that name a record. Throws for a route whose schema refuses the sample. */
export function markedFields(route: WalkedRoute, world: World): readonly MarkedField[] {
  const schema = requestSchema(route);
  const base = sampleOf(schema, world);
  return leavesOf(schema).flatMap(({ place, schema: { "x-resource": kind, "x-level": level } }) => {
    const name = level === undefined ? kind && world.names[kind].at(-1) : catalogLevel(world, level);
    if (kind === undefined || name === undefined) return [];
    const request = route.request?.parse(withValue(base, place, name));
    const declared = needsOf(route.access, request).map(({ resource }) => resource);
    return [{ field: place.join("."), kind, name, level, declared }];
  });
}

/** The names of fields that name records. */
const NAMING_FIELD = /^(source_)?(experiment|run|model|trace|request)_(id|ids|uuid)$/;

/** Ignored: an assessment belongs to the trace that the call names. */
const UNREAD_FIELD = /(^|\.)assessments?\.trace_id$/;

/** Fields whose names suggest that they name a record, but that the schema does not mark. */
export function unmarkedNames(route: WalkedRoute): readonly string[] {
  const unmarked = leavesOf(requestSchema(route)).filter(({ schema }) => schema["x-resource"] === undefined);
  const fields = unmarked.map(({ place }) => place.filter((step) => typeof step === "string").join("."));
  const naming = fields.filter((field) => NAMING_FIELD.test(field.split(".").at(-1) ?? ""));
  return naming.filter((field) => !UNREAD_FIELD.test(field));
}

/** Sends fields in every way in which the route could read them: in path, query, body and headers. */
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

/** Removes NUL, which Node's own client refuses. */
function headerOf(value: unknown): string {
  return [value].flat().map(textOf).join(", ").replaceAll("\0", "");
}

type Answered = { readonly status: number; readonly body: string };

export type Attacked = {
  /** The world under attack. */
  readonly victim: World;
  /** Sends a request as the attacker. */
  send(this: void, request: InjectOptions): Promise<Answered>;
  /** Whether an answer grants what was asked for. */
  isGiven(this: void, answer: Answered): boolean;
};

/** Tries every attack, and returns those that reached the victim. */
export async function findHoles(
  attacks: readonly Attack[],
  { victim, send, isGiven }: Attacked,
): Promise<readonly string[]> {
  const before = await victim.fingerprint();
  const holes: string[] = [];
  let sent = "";
  for (const { tries, request, mustFail } of attacks) {
    const answer = await send(request);
    sent += decoded(`${request.url} ${JSON.stringify([request.payload, request.headers])}`);
    const body = `${answer.body} ${tokensIn(answer.body)}`;
    const leaked = victim.marks.filter((mark) => body.includes(mark) && !sent.includes(mark));
    if (mustFail && isGiven(answer)) holes.push(`${tries}: ${answer.status} ${body.slice(0, 200)}`);
    if (leaked.length > 0)
      holes.push(`${tries}: the answer, ${answer.status}, contains ${leaked.join(" and ")}`);
  }
  const after = await victim.fingerprint().catch(String); // Fails when something has been deleted.
  if (after !== before) holes.push("a record of the victim has changed");
  return holes;
}

/** Decodes names in paths, also those with slashes and those that Unity Catalog's calls split into levels. */
function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text.replaceAll("+", " "));
    return `${plain} ${plain.replaceAll("/", ".")} ${catalogNameIn(plain)}`;
  } catch {
    return text;
  }
}

const LEVELS = [/"catalog_name":"([^"]*)/, /"schema_name":"([^"]*)/, /"model_name":"([^"]*)/];

function catalogNameIn(text: string): string {
  const plain = text.replaceAll("\\", "");
  return LEVELS.map((level) => level.exec(plain)?.[1] ?? "").join(".");
}

/** The content of page tokens, which are base64. */
function tokensIn(body: string): string {
  const texts = body.match(/"[\w+/=-]{16,}"/g) ?? [];
  return texts.map((text) => Buffer.from(text.slice(1, -1), "base64").toString()).join(" ");
}
