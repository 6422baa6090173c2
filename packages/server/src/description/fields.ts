import type { JsonSchema } from "./json-schema.ts";

/** A field as a line of a table; one within another has both names: `tags[].key`. */
export type Field = {
  readonly name: string;
  readonly type: string;
  /** What its values must keep to, in words; "" where nothing is said. */
  readonly bounds: string;
  readonly isRequired: boolean;
};

/** The fields of an object, each followed by those within it. */
export function fieldsOf({ properties = {}, required = [] }: JsonSchema, prefix = ""): readonly Field[] {
  return Object.entries(properties).flatMap(([name, schema]) =>
    fieldOf(`${prefix}${name}`, partOf(schema), required.includes(name)),
  );
}

/** A field and those within it. */
export function fieldOf(name: string, schema: JsonSchema, isRequired: boolean): readonly Field[] {
  const own = { name, type: typeOf(schema), bounds: boundsOf(schema), isRequired };
  return [own, ...fieldsWithin(name, schema)];
}

function fieldsWithin(name: string, schema: JsonSchema): readonly Field[] {
  const choices = choicesOf(schema);
  if (choices.length > 0) return choices.flatMap((choice) => fieldsWithin(name, choice));
  if (schema.type === "array") return fieldsWithin(`${name}[]`, partOf(schema.items));
  return fieldsOf(schema, `${name}.`);
}

function typeOf(schema: JsonSchema): string {
  const choices = choicesOf(schema);
  if (choices.length > 0) return [...new Set(choices.map(typeOf))].join(" or ");
  if (schema.type === "array") return `list of ${typeOf(partOf(schema.items))}`;
  return [schema.type ?? "any"].flat().join(" or ");
}

function boundsOf(schema: JsonSchema): string {
  const { default: fallback } = schema;
  const bounds = [
    ...(schema.enum === undefined ? [] : [`one of ${schema.enum.map(String).join(", ")}`]),
    ...(schema.const === undefined ? [] : [`only ${String(schema.const)}`]),
    ...between({ min: schema.minLength, max: schema.maxLength, unit: "character" }),
    ...between({ min: schema.minItems, max: schema.maxItems, unit: "item" }),
    ...between({ min: undefined, max: schema["maxProperties"], unit: "key" }),
    ...between({ min: exact(schema.minimum), max: exact(schema.maximum), unit: "" }),
    ...withinBounds(schema),
    ...(fallback === undefined ? [] : [`default ${JSON.stringify(fallback)}`]),
  ];
  return [...new Set(bounds)].join("; ");
}

/** What holds for each item of a list, or for one of several kinds. */
function withinBounds(schema: JsonSchema): readonly string[] {
  const choices = choicesOf(schema).map(boundsOf);
  const items = schema.type === "array" ? [boundsOf(partOf(schema.items))] : [];
  return [...choices, ...items.map((bounds) => (bounds === "" ? "" : `each ${bounds}`))].filter(Boolean);
}

type Range = { readonly min: unknown; readonly max: unknown; readonly unit: string };

function between({ min, max, unit }: Range): readonly string[] {
  const counted = (count: number): string =>
    unit === "" ? String(count) : `${count} ${unit}${count === 1 ? "" : "s"}`;
  if (typeof max === "number" && typeof min === "number") return [`${min} to ${counted(max)}`];
  if (typeof max === "number") return [`at most ${counted(max)}`];
  return typeof min === "number" ? [`at least ${counted(min)}`] : [];
}

/** Every integer lies between the numbers that JSON holds exactly; to say so tells nothing. */
function exact(bound: number | undefined): number | undefined {
  return bound !== undefined && Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound;
}

function choicesOf({ anyOf = [], oneOf = [], allOf = [] }: JsonSchema): readonly JsonSchema[] {
  return [...anyOf, ...oneOf, ...allOf].map(partOf);
}

/** JSON Schema writes "anything" as true. */
function partOf(schema: unknown): JsonSchema {
  const isSchema = typeof schema === "object" && schema !== null && !Array.isArray(schema);
  return isSchema ? (schema as JsonSchema) : {}; // zod made it.
}
