import { z } from "zod";
import type { Resource } from "./access/resource.ts";

/*
 * Names and ids as requests carry them, in one form from here on: what is checked, stored and told of is the same text.
 * None is empty: protobuf's JSON form says "" where nothing is given.
 */

/** Above every id that MLflow or Databricks makes, 32 hex digits with a prefix, and those of imported runs. */
const ID_CHARS_MAX = 256;
/** The registry's own bound lies below, and has MLflow's words. */
const NAME_CHARS_MAX = 10_000;

/** Any path of a file: segments of up to 255 bytes, a dozen deep; the file systems below end at 4096. */
const PATH_CHARS_MAX = 10_000;

/**
 * A text that names something of somebody's. The kind stands in the schema, so that who reads it, an API description
 * or a test that tries another's names, knows without asking the endpoint's own declaration.
 */
function naming(kind: Resource["kind"], charsMax: number): z.ZodString {
  return z.string().min(1).max(charsMax).meta({ "x-resource": kind });
}

/** A decimal counter. MLflow reads it as Python's `int` does: " +04 " is 4. What is no number stays, to be refused. */
export const experimentId = naming("experiment", ID_CHARS_MAX).overwrite(canonicalNumber);
/** Where none is given, the Default experiment, whose id is 0. */
export const experimentIdOrDefault = z
  .string()
  .max(ID_CHARS_MAX)
  .meta({ "x-resource": "experiment" })
  .default("0")
  .overwrite((text) => (text === "" ? "0" : canonicalNumber(text)));
export const runId = naming("run", ID_CHARS_MAX);
export const modelId = naming("logged-model", ID_CHARS_MAX);
export const traceId = naming("trace", ID_CHARS_MAX);
export const experimentName = naming("experiment-name", NAME_CHARS_MAX);
export const modelName = naming("registered-model", NAME_CHARS_MAX);
export const proxiedPath = naming("artifact-path", PATH_CHARS_MAX);
export const dbfsPathText = naming("dbfs-path", PATH_CHARS_MAX);
export const filesPathText = naming("files-path", PATH_CHARS_MAX);
/** Where the files of a new version are. */
export const versionSource = naming("files", PATH_CHARS_MAX);
export const experimentLocation = naming("artifact-location", PATH_CHARS_MAX);
/** A name that something gets: it names nothing yet. */
export const newName = z.string().min(1).max(NAME_CHARS_MAX);
export const assessmentId = z.string().min(1).max(ID_CHARS_MAX);

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
