import { isObject } from "@flightdeck/core";
import { z } from "zod";

/*
 * Metric points arrive by the thousand, and nearly all already have the form that parsing produces. zod takes 2.4 µs to
 * check and copy a point; the test below takes 0.1 µs. It is derived from the schema, so it is never laxer than the
 * schema. Anything it does not recognize goes through zod, which also produces the error message.
 */

/** Whether parsing a value would return it unchanged. */
type IsPlain = (value: unknown) => boolean;

const declared = new WeakMap<z.core.$ZodType, IsPlain>();

/** Declares the plain form of a schema with preprocessing, which cannot be derived from the schema. */
export function withPlainForm<T extends z.ZodType>(schema: T, isPlain: IsPlain): T {
  declared.set(schema, isPlain);
  return schema;
}

/**
 * Makes a list schema accept its items without parsing if all of them are plain. The checks of the list still run.
 * Schemas derived from the result, for example by `.min(1)`, lose the shortcut.
 */
export function takingPlain<T extends z.ZodArray>(list: T): T {
  const isPlain = plainFormOf(list.element);
  if (isPlain === undefined) return list;
  const { _zod: internals } = list; // zod's API for libraries that extend it.
  // oxlint-disable-next-line typescript/unbound-method -- They are plain functions that read no `this`.
  const { parse, run } = internals;
  const takeOrParse: typeof parse = (payload, context) => {
    const isTaken = Array.isArray(payload.value) && payload.value.every((value) => isPlain(value));
    return isTaken ? payload : parse(payload, context);
  };
  internals.parse = takeOrParse;
  if (run === parse) internals.run = takeOrParse; // zod uses `parse` as `run` if there are no checks; otherwise `run` calls `parse` and then runs the checks.
  return list;
}

/**
 * Derives the test for a schema of strings, numbers and objects of them; undefined if parsing may change values in
 * other ways.
 */
export function plainFormOf(schema: z.core.$ZodType): IsPlain | undefined {
  const known = declared.get(schema);
  if (known !== undefined) return known;
  if (schema instanceof z.ZodString) return plainText(schema);
  if (hasChecks(schema)) return undefined; // They may change the value.
  if (schema instanceof z.ZodOptional) return plainOptional(schema);
  if (schema instanceof z.ZodDefault) return plainFormOf(schema.def.innerType);
  return schema instanceof z.ZodObject ? plainObject(schema) : undefined;
}

function hasChecks({ _zod: { def } }: z.core.$ZodType): boolean {
  return def.checks !== undefined && def.checks.length > 0;
}

const LENGTH_CHECKS: ReadonlySet<string> = new Set(["min_length", "max_length"]);

function plainText(schema: z.ZodString): IsPlain | undefined {
  const checks = schema.def.checks ?? [];
  if (!checks.every(({ _zod: { def } }) => LENGTH_CHECKS.has(def.check))) return undefined;
  const charsMin = schema.minLength ?? 0;
  const charsMax = schema.maxLength ?? Number.POSITIVE_INFINITY;
  return (value) => typeof value === "string" && value.length >= charsMin && value.length <= charsMax;
}

function plainOptional(schema: z.ZodOptional): IsPlain | undefined {
  const isPlain = plainFormOf(schema.def.innerType);
  return isPlain && ((value) => value === undefined || isPlain(value));
}

/** The object has no unknown fields, and all required ones, including those that a default would add. */
function plainObject(schema: z.ZodObject): IsPlain | undefined {
  if (schema.def.catchall !== undefined) return undefined;
  const fields = new Map<string, IsPlain>();
  const required: string[] = [];
  for (const [key, field] of Object.entries(schema.shape)) {
    const isPlain = plainFormOf(field);
    if (isPlain === undefined) return undefined;
    fields.set(key, isPlain);
    if (!isPlain(undefined)) required.push(key);
  }
  return (value) => isObject(value) && holdsOnly(value, fields) && required.every((key) => key in value);
}

function holdsOnly(value: Readonly<Record<string, unknown>>, fields: ReadonlyMap<string, IsPlain>): boolean {
  for (const key in value) if (fields.get(key)?.(value[key]) !== true) return false;
  return true;
}
