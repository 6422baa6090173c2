import { z } from "zod";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** A schema of the wire as JSON Schema: a request as clients may send it, a response as they get it. */
export function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const override = io === "input" ? tellRequired : tellOpen;
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any", override });
  return json;
}

type Conversion = { readonly zodSchema: z.core.$ZodTypes; readonly jsonSchema: JsonSchema };

/** A field is required when it cannot be left out. zod takes each that is preprocessed for one. */
function tellRequired({ zodSchema, jsonSchema }: Conversion): void {
  if (!(zodSchema instanceof z.ZodObject)) return;
  const fields: readonly (readonly [string, z.core.$ZodType])[] = Object.entries(zodSchema.shape);
  const required = fields.flatMap(([name, field]) => (z.safeParse(field, undefined).success ? [] : [name]));
  if (required.length > 0) jsonSchema.required = required;
  else delete jsonSchema.required;
}

/**
 * Responses may get further fields with any version; clients must not refuse them. Where they are whole, a default says
 * nothing.
 */
function tellOpen({ zodSchema, jsonSchema }: Conversion): void {
  delete jsonSchema.default;
  if (zodSchema instanceof z.ZodObject && jsonSchema.additionalProperties === false) {
    delete jsonSchema.additionalProperties;
  }
}

/** What `x-resource` says, anywhere in a schema: the kinds of things that a request names. */
export function resourcesIn(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own: unknown = Reflect.get(schema, "x-resource");
  const found = [
    ...(typeof own === "string" ? [own] : []),
    ...Object.values(schema).flatMap((part: unknown) => resourcesIn(part)),
  ];
  return [...new Set(found)];
}
