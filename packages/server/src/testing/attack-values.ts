import { type Access, needsOf, type Need, type Resource } from "@flightdeck/protocol";
import { z } from "zod";
import type { World } from "./two-worlds.ts";

/** Anything that can be called with fields: an endpoint, a route beside the table, a field of GraphQL. */
export type Callable = {
  readonly access: Access;
  readonly request?: z.ZodType | undefined;
};

/** The fields of an attacker's request, and what they try. */
export type Attempt = {
  readonly tries: string;
  readonly fields: unknown;
  /** The fields have a foreign or absent record's name where a name is expected, so success is a hole. */
  readonly mustFail: boolean;
};

/** The part of JSON schema that requests are made of. */
export type Schema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly "x-resource"?: Resource["kind"];
  /** The level of a Unity Catalog model name, in requests that give the three levels separately. */
  readonly "x-level"?: number;
};

export type Place = readonly (string | number)[];
export type Leaf = { readonly place: Place; readonly schema: Schema; readonly isListed: boolean };

/** Tries every text field of a call in turn, with foreign names and with other hostile values. */
export function attemptsOn(call: Callable, own: World, foreign: World): readonly Attempt[] {
  const schema = requestSchema(call);
  const base = sampleOf(schema, own);
  const leaves = leavesOf(schema);
  const worlds = { own, foreign, created: kindsCreated(call, base) };
  return [
    { tries: "every name at once", fields: sampleOf(schema, foreign), mustFail: hasNames(leaves) },
    ...leaves.flatMap((leaf) =>
      triesAt(leaf, worlds).map(({ tries, value, mustFail }) => ({
        tries: `${leaf.place.join(".")} = ${tries}`,
        fields: withValue(base, leaf.place, value),
        mustFail,
      })),
    ),
  ];
}

/** The JSON schema of requests; empty for a route without one. */
export function requestSchema({ request }: Callable): Schema {
  if (request === undefined) return {};
  // A JSON schema. The type above declares only the parts that we read.
  return z.toJSONSchema(request, { io: "input", unrepresentable: "any" }) as Schema;
}

function hasNames(leaves: readonly Leaf[]): boolean {
  return leaves.some(({ schema }) => schema["x-resource"] !== undefined);
}

/** Kinds of records that the call creates, so an absent one is not an error. */
function kindsCreated(call: Callable, sample: unknown): readonly Resource["kind"][] {
  return needsOfSample(call, sample).flatMap((need) => (need.mayBeAbsent ? [need.resource.kind] : []));
}

function needsOfSample({ access, request }: Callable, sample: unknown): readonly Need[] {
  const parsed = request?.safeParse(sample);
  return parsed?.success === true ? needsOf(access, parsed.data) : [];
}

type Worlds = {
  readonly own: World;
  readonly foreign: World;
  readonly created: readonly Resource["kind"][];
};
type Try = { readonly tries: string; readonly value: unknown; readonly mustFail: boolean };

function triesAt({ place, schema, isListed }: Leaf, { own, foreign, created }: Worlds): readonly Try[] {
  const kind = schema["x-resource"];
  if (kind === undefined) return [...unnamedTries(foreign), ...filterTries(place)];
  if (schema["x-level"] !== undefined) return levelTries(schema["x-level"], { own, foreign });
  const [mine] = own.names[kind];
  const named = foreign.names[kind].flatMap((name) => namedTries({ name, mine, isListed }));
  const mustFail = !created.includes(kind);
  const absent = ABSENT[kind].map((value) => ({ tries: `absent ${value}`, value, mustFail }));
  return [...named, ...absent, { tries: "nothing", value: "", mustFail: false }];
}

/** Values for a text that is not marked as a name: everything that could be mistaken for one. */
function unnamedTries(foreign: World): readonly Try[] {
  return Object.values(foreign.names).map(([name]) => ({
    tries: `text ${name}`,
    value: name,
    mustFail: false,
  }));
}

/** Filters that match all records, whoever owns them. */
const FILTERS = ["name LIKE '%'", "tags.t LIKE '%'", "tags.t != ''", "params.p LIKE '%'", "metrics.m > 0"];

function filterTries(place: Place): readonly Try[] {
  if (!/filter/.test(String(place.at(-1)))) return [];
  return FILTERS.map((value) => ({ tries: `filter ${value}`, value, mustFail: false }));
}

/** Both worlds use the same catalog and model names, so the other world's schema alone makes it the other's name. */
function levelTries(level: number, { own, foreign }: Omit<Worlds, "created">): readonly Try[] {
  const mine = catalogLevel(own, level);
  return [catalogLevel(foreign, level), "nobodys", "%", "*"].map((value) => ({
    tries: `level ${value}`,
    value,
    mustFail: value !== mine,
  }));
}

/** A level of the name of a world's model in Unity Catalog. */
export function catalogLevel({ names }: World, level: number): string | undefined {
  const inCatalog = names["registered-model"].find((name) => name.includes("."));
  return inCatalog?.split(".")[level];
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
/** Names that do not exist but could. */
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

/** A request that a schema accepts, with the required fields and all names, which are those of a world. */
export function sampleOf(schema: Schema, world: World, name = ""): unknown {
  const kind = schema["x-resource"];
  if (schema["x-level"] !== undefined) return catalogLevel(world, schema["x-level"]);
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

/** Fields that need a particular value, without which the request is refused too early. */
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
  model_json: '{"flavors": {}}',
  request_time: "2026-01-01T00:00:00Z",
  timestamp: 1,
  update_mask: "rationale",
  assessment: { assessment_name: "a", feedback: { value: true }, rationale: "r" },
  file: "x",
  artifact_file_path: "x",
  num_parts: 1,
  page_size: 10,
  filter: "",
  order_by: [],
  stages: [],
  query: "{ __typename }",
};

export function leavesOf(schema: Schema, place: Place = [], isListed = false): readonly Leaf[] {
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

/** A copy with a value at a place. In a list it follows the existing value, so that own and foreign names are mixed. */
export function withValue(base: unknown, [step, ...rest]: Place, value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") {
    const list: readonly unknown[] = Array.isArray(base) ? base : [];
    return [...list, withValue(list[0], rest, value)];
  }
  const fields = typeof base === "object" && base !== null ? base : {};
  return { ...fields, [step]: withValue(Reflect.get(fields, step), rest, value) };
}
