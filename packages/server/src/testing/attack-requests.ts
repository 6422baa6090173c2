import { type Need, needsOf, type Resource } from "@flightdeck/protocol";
import type { InjectOptions } from "fastify";
import { z } from "zod";
import type { World } from "./two-worlds.ts";
import type { WalkedRoute } from "./walked-app.ts";

/** One request of an attacker, and what it tries. */
export type Attack = {
  readonly tries: string;
  readonly request: InjectOptions & { readonly url: string };
  /** It names something of somebody else's, or of nobody's, where a name belongs: success is a hole. */
  readonly mustFail: boolean;
};

/** The part of JSON schema that requests are made of. */
type Schema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly "x-resource"?: Resource["kind"];
};

type Place = readonly (string | number)[];
type Leaf = { readonly place: Place; readonly schema: Schema; readonly isListed: boolean };

/** Every text of a route's requests, tried one at a time with another's names and with what is no name at all. */
export function attacksOn(route: WalkedRoute, own: World, foreign: World): readonly Attack[] {
  const schema = requestSchema(route);
  const base = sampleOf(schema, own);
  const leaves = leavesOf(schema);
  const worlds = { own, foreign, created: kindsCreated(route, base) };
  return [
    {
      tries: "every name at once",
      request: requestTo(route, sampleOf(schema, foreign)),
      mustFail: hasNames(leaves),
    },
    ...leaves.flatMap((leaf) =>
      triesAt(leaf, worlds).map(({ tries, value, mustFail }) => ({
        tries: `${leaf.place.join(".")} = ${tries}`,
        request: requestTo(route, withValue(base, leaf.place, value)),
        mustFail,
      })),
    ),
  ];
}

/** What the schema says of a request; nothing for a route without one. */
function requestSchema({ request }: WalkedRoute): Schema {
  if (request === undefined) return {};
  // It is JSON schema, of which the type above names what is read.
  return z.toJSONSchema(request, { io: "input", unrepresentable: "any" }) as Schema;
}

function hasNames(leaves: readonly Leaf[]): boolean {
  return leaves.some(({ schema }) => schema["x-resource"] !== undefined);
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

/** Kinds of which an absent one is no fault: the call makes it. */
function kindsCreated(route: WalkedRoute, sample: unknown): readonly Resource["kind"][] {
  return needsOfSample(route, sample).flatMap((need) => (need.mayBeAbsent ? [need.resource.kind] : []));
}

function needsOfSample({ access, request }: WalkedRoute, sample: unknown): readonly Need[] {
  const parsed = request?.safeParse(sample);
  return parsed?.success === true ? needsOf(access, parsed.data) : [];
}

type Worlds = {
  readonly own: World;
  readonly foreign: World;
  readonly created: readonly Resource["kind"][];
};
type Try = { readonly tries: string; readonly value: unknown; readonly mustFail: boolean };

function triesAt({ schema, isListed }: Leaf, { own, foreign, created }: Worlds): readonly Try[] {
  const kind = schema["x-resource"];
  if (kind === undefined) return unnamedTries(foreign);
  const [mine] = own.names[kind];
  const named = foreign.names[kind].flatMap((name) => namedTries({ name, mine, isListed }));
  const mustFail = !created.includes(kind);
  const absent = ABSENT[kind].map((value) => ({ tries: `absent ${value}`, value, mustFail }));
  return [...named, ...absent, { tries: "nothing", value: "", mustFail: false }];
}

/** A text that names nothing may be anything; so it is tried with all that could be taken for a name. */
function unnamedTries(foreign: World): readonly Try[] {
  return Object.values(foreign.names).map(([name]) => ({
    tries: `text ${name}`,
    value: name,
    mustFail: false,
  }));
}

type Named = { readonly name: string; readonly mine: string; readonly isListed: boolean };

function namedTries({ name, mine, isListed }: Named): readonly Try[] {
  const single: readonly (readonly [string, unknown, boolean])[] = [
    [name, name, true],
    [`${name} among spaces`, ` ${name} `, false],
    [`${name} in upper case`, name.toUpperCase(), false],
    [`${name} percent-encoded`, encodeURIComponent(name), false],
    [`${name} with every character encoded`, encodedWhole(name), false],
    [`${name} encoded twice`, encodeURIComponent(encodedWhole(name)), false],
    [`${name} and a NUL`, `${name}\0`, false],
    [`${name} nested`, { id: name }, true],
  ];
  const lists: readonly (readonly [string, unknown, boolean])[] = [
    [`own, then ${name}`, [mine, name], true],
    [`${name}, then own`, [name, mine], true],
  ];
  const all = isListed ? single : [...single, ...lists];
  return all.map(([tries, value, mustFail]) => ({ tries, value, mustFail }));
}

function encodedWhole(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}

const NONE = "0".repeat(32);
/** What does not exist, but could: the next experiment's id is the most likely guess. */
const ABSENT: Readonly<Record<Resource["kind"], readonly string[]>> = {
  experiment: ["99999", "-1"],
  "experiment-name": ["/Users/nobody"],
  run: [NONE],
  "logged-model": [`m-${NONE}`],
  trace: [`tr-${NONE}`],
  "registered-model": ["nobodys", "main.nobody.model"],
  files: [
    "dbfs:/databricks/mlflow/99999/x",
    `runs:/${NONE}/x`,
    "mlflow-artifacts:/99999/x",
    "models:/nobodys/1",
  ],
  "artifact-location": ["mlflow-artifacts:/99999", "dbfs:/databricks/mlflow/99999", "/etc"],
  "artifact-path": ["99999/x"],
  "dbfs-path": ["/databricks/mlflow/99999/models/x", "/x"],
  "files-path": [
    `/WorkspaceInternal/Mlflow/Artifacts/99999/Runs/${NONE}/artifacts/x`,
    "/Models/nobodys/1/x",
    "/x",
  ],
};

/** A request that a schema takes, which names what a world has: what it requires, and every name besides. */
function sampleOf(schema: Schema, world: World, name = ""): unknown {
  const kind = schema["x-resource"];
  if (kind !== undefined) return world.names[kind][0];
  if (name in KNOWN) return KNOWN[name];
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return sampleOf(schema.anyOf[0] ?? {}, world, name);
  if (schema.properties !== undefined) {
    const kept = Object.entries(schema.properties).filter(([field, inner]) =>
      isSampled(schema, field, inner),
    );
    return Object.fromEntries(kept.map(([field, inner]) => [field, sampleOf(inner, world, field)]));
  }
  if (schema.items !== undefined) return [sampleOf(schema.items, world)];
  if (schema.type === "integer" || schema.type === "number") return 1;
  if (schema.type === "boolean") return false;
  return schema.type === "object" ? {} : "x";
}

function isSampled({ required = [] }: Schema, field: string, inner: Schema): boolean {
  return required.includes(field) || field in KNOWN || holdsName(inner);
}

function holdsName({ properties = {}, items, "x-resource": kind }: Schema): boolean {
  return (
    kind !== undefined ||
    (items !== undefined && holdsName(items)) ||
    Object.values(properties).some(holdsName)
  );
}

/** Fields that must say something in particular, or whose request is else refused before it does anything. */
const KNOWN: Readonly<Record<string, unknown>> = {
  version: "1",
  subentity_name: "1",
  version_num: 1,
  alias: "a",
  stage: "Staging",
  securable_type: "FUNCTION",
  changes: { add_tags: [{ key: "k", value: "v" }], remove: [] },
  access_control_list: [{ user_name: "ana", permission_level: "CAN_READ" }],
  key: "t",
  value: "1",
  metric_key: "m",
  tag_key: "t",
  model_json: "{}",
  request_time: "2026-01-01T00:00:00Z",
  timestamp: 1,
  update_mask: "rationale",
  assessment: { assessment_name: "a", feedback: { value: true }, rationale: "r" },
  file: "x",
  artifact_file_path: "x",
  num_parts: 1,
  page_size: 10,
  query: "{ __typename }",
};

function leavesOf(schema: Schema, place: Place = [], isListed = false): readonly Leaf[] {
  const { properties = {}, items, anyOf = [] } = schema;
  if (schema.type === "string" || (schema.type === undefined && schema["x-resource"] !== undefined)) {
    return schema.enum === undefined ? [{ place, schema, isListed }] : [];
  }
  return [
    ...Object.entries(properties).flatMap(([field, inner]) => leavesOf(inner, [...place, field])),
    ...(items === undefined ? [] : leavesOf(items, [...place, 0], true)),
    ...anyOf.flatMap((inner) => leavesOf(inner, place)),
  ];
}

/** A copy with a value at a place; in a list, behind the value that is there, so that own and foreign are mixed. */
function withValue(base: unknown, [step, ...rest]: Place, value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") {
    const list: readonly unknown[] = Array.isArray(base) ? base : [];
    return [...list, withValue(list[0], rest, value)];
  }
  const fields = typeof base === "object" && base !== null ? base : {};
  return { ...fields, [step]: withValue(Reflect.get(fields, step), rest, value) };
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
