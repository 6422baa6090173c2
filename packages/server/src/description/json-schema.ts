import { z } from "zod";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Converts a wire schema to JSON Schema: requests as clients may send them, responses as clients get them. */
export function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const override = io === "input" ? markRequired : allowUnknownFields;
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io, unrepresentable: "any", override });
  return json;
}

type Conversion = { readonly zodSchema: z.core.$ZodTypes; readonly jsonSchema: JsonSchema };

/** Marks fields as required that cannot be left out. zod alone would mark every preprocessed field. */
function markRequired({ zodSchema, jsonSchema }: Conversion): void {
  if (!(zodSchema instanceof z.ZodObject)) return;
  const fields: readonly (readonly [string, z.core.$ZodType])[] = Object.entries(zodSchema.shape);
  const required = fields.flatMap(([name, field]) => (z.safeParse(field, undefined).success ? [] : [name]));
  if (required.length > 0) jsonSchema.required = required;
  else delete jsonSchema.required;
}

/**
 * Leaves responses open, since any version may add fields that clients must not refuse. Defaults are removed: responses are
 * always complete.
 */
function allowUnknownFields({ zodSchema, jsonSchema }: Conversion): void {
  delete jsonSchema.default;
  if (zodSchema instanceof z.ZodObject && jsonSchema.additionalProperties === false) {
    delete jsonSchema.additionalProperties;
  }
}

/** The values of `x-resource` anywhere in a schema: the kinds of records that a request names. */
export function resourcesIn(schema: unknown): readonly string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own: unknown = Reflect.get(schema, "x-resource");
  const found = [
    ...(typeof own === "string" ? [own] : []),
    ...Object.values(schema).flatMap((part: unknown) => resourcesIn(part)),
  ];
  return [...new Set(found)];
}
