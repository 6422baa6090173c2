import { z } from "zod";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Paths of the texts, lists and maps of a request's schema that have no maximum; what may be anything is one of them. */
export function unboundedIn(schema: z.ZodType): readonly string[] {
  return unbounded(z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" }), "");
}

function unbounded(schema: JsonSchema, path: string): readonly string[] {
  const choices = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (choices.length > 0) return [...new Set(choices.flatMap((choice) => unbounded(part(choice), path)))];
  if (schema.enum !== undefined || schema.const !== undefined || schema.not !== undefined) return [];
  switch (schema.type) {
    case "string":
      return schema.maxLength === undefined ? [path] : [];
    case "array":
      return [
        ...(schema.maxItems === undefined ? [path] : []),
        ...unbounded(part(schema.items), `${path}[]`),
      ];
    case "object":
      return unboundedInObject(schema, path);
    case undefined:
      return schema.maxLength === undefined ? [path] : [];
    default: // Numbers, booleans and null.
      return [];
  }
}

function unboundedInObject(schema: JsonSchema, path: string): readonly string[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    unbounded(part(field), path === "" ? name : `${path}.${name}`),
  );
  const { propertyNames, additionalProperties = false } = schema;
  const isMap = propertyNames !== undefined;
  return [
    ...fields,
    ...(isMap && schema["maxProperties"] === undefined ? [path] : []),
    ...(isMap ? unbounded(part(propertyNames), `${path}{key}`) : []),
    ...(additionalProperties === false ? [] : unbounded(part(additionalProperties), `${path}{}`)),
  ];
}

/** JSON Schema writes "anything" as true, and lists of several kinds as lists: neither has a bound. */
function part(schema: unknown): JsonSchema {
  const isSchema = typeof schema === "object" && schema !== null && !Array.isArray(schema);
  return isSchema ? (schema as JsonSchema) : {}; // zod made it.
}
