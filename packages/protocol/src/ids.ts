import { z } from "zod";

/*
 * Names and ids as requests carry them, in one form from here on: what is checked, stored and told of is the same text.
 * None is empty: protobuf's JSON form says "" where nothing is given.
 */

/** Above every id that MLflow or Databricks makes, 32 hex digits with a prefix, and those of imported runs. */
const ID_CHARS_MAX = 256;
/** The registry's own bound lies below, and has MLflow's words. */
const NAME_CHARS_MAX = 10_000;

const id = z.string().min(1).max(ID_CHARS_MAX);
const name = z.string().min(1).max(NAME_CHARS_MAX);

/** A decimal counter. MLflow reads it as Python's `int` does: " +04 " is 4. What is no number stays, to be refused. */
export const experimentId = id.overwrite(canonicalNumber);
/** Where none is given, the Default experiment, whose id is 0. */
export const experimentIdOrDefault = z
  .string()
  .max(ID_CHARS_MAX)
  .default("0")
  .overwrite((text) => (text === "" ? "0" : canonicalNumber(text)));
export const runId = id;
export const modelId = id;
export const traceId = id;
export const assessmentId = id;
export const experimentName = name;
export const modelName = name;

/** An id or a name that need not be given: "" is absent. */
export function optional(schema: z.ZodString): z.ZodOptional<z.ZodString> {
  const given = (value: unknown): unknown => (value === "" ? undefined : value);
  // `preprocess` types its input as unknown and its key as required; what it accepts is what an optional field accepts.
  return z.preprocess(given, schema.optional()) as unknown as z.ZodOptional<z.ZodString>;
}

function canonicalNumber(text: string): string {
  const trimmed = text.trim();
  const digits = trimmed.startsWith("+") ? trimmed.slice(1) : trimmed;
  return /^-?\d+$/.test(digits) ? String(BigInt(digits)) : text;
}
