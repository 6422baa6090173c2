import { z } from "zod";
import type { Resource } from "./access.ts";
import { plainFormOf, withPlainForm } from "./plain-form.ts";

/*
 * Names and ids in requests. They are normalized here, so that checks, the store and responses all use the same text.
 * None may be empty, since protobuf's JSON encoding sends "" for a missing value.
 */

/** Longer than every id of MLflow or Databricks (32 hex digits with a prefix) and of imported runs. */
const ID_CHARS_MAX = 256;
/** The registry's own limit is lower and has MLflow's error message. */
const NAME_CHARS_MAX = 10_000;

/** Enough for any file path: a dozen segments of up to 255 bytes. File systems allow 4096. */
const PATH_CHARS_MAX = 10_000;

/**
 * A string that names a resource. The schema records its kind, so that the API description, and tests that try other
 * users' names, need not consult the endpoint's declaration.
 */
function naming(kind: Resource["kind"], charsMax: number): z.ZodString {
  return z.string().min(1).max(charsMax).meta({ "x-resource": kind });
}

/**
 * A decimal number. MLflow parses it with Python's `int`: " +04 " is 4. Anything else is kept unchanged and refused
 * later.
 */
export const experimentId = naming("experiment", ID_CHARS_MAX).overwrite(canonicalNumber);
/** An experiment's id; the Default experiment, 0, if none is given. */
export const experimentIdOrDefault = z
  .string()
  .max(ID_CHARS_MAX)
  .meta({ "x-resource": "experiment" })
  .default("0")
  .overwrite((text) => (text === "" ? "0" : canonicalNumber(text)));
/** A run's id: 32 hex digits if this server created it. */
export const runId = naming("run", ID_CHARS_MAX);
/** A logged model's id: `m-` and 32 hex digits if this server created it. */
export const modelId = naming("logged-model", ID_CHARS_MAX);
/** A trace's id: `tr-` and 32 hex digits if MLflow 3 created it. */
export const traceId = naming("trace", ID_CHARS_MAX);
/** An experiment's name. */
export const experimentName = naming("experiment-name", NAME_CHARS_MAX);
/** A registered model's name; in Unity Catalog `catalog.schema.model`. */
export const modelName = naming("registered-model", NAME_CHARS_MAX);
/** A path below the root of the artifact proxy. */
export const proxiedPath = naming("artifact-path", PATH_CHARS_MAX);
/** A DBFS path, with or without `dbfs:`. */
export const dbfsPathText = naming("dbfs-path", PATH_CHARS_MAX);
/** An absolute path of the Files API. */
export const filesPathText = naming("files-path", PATH_CHARS_MAX);
/** The location of a new version's files. */
export const versionSource = naming("files", PATH_CHARS_MAX);
/** The artifact location of a new experiment: a URI. */
export const experimentLocation = naming("artifact-location", PATH_CHARS_MAX);
/** A name to be assigned, which does not refer to anything yet. */
export const newName = z.string().min(1).max(NAME_CHARS_MAX);
/** One of the three levels of a model's name in Unity Catalog, for requests that send them separately. */
export const modelNameLevel = (level: 0 | 1 | 2): z.ZodString =>
  newName.meta({ "x-resource": "registered-model", "x-level": level });
export const assessmentId = z.string().min(1).max(ID_CHARS_MAX);

/** An optional id or name; "" counts as absent. */
export function optional(schema: z.ZodString): z.ZodOptional<z.ZodString> {
  const given = (value: unknown): unknown => (value === "" ? undefined : value);
  // `preprocess` types its input as unknown and its key as required, but it accepts what an optional field accepts.
  const optionally = z.preprocess(given, schema.optional()) as unknown as z.ZodOptional<z.ZodString>;
  const isPlain = plainFormOf(schema);
  return isPlain ? withPlainForm(optionally, (value) => value === undefined || isPlain(value)) : optionally;
}

function canonicalNumber(text: string): string {
  const trimmed = text.trim();
  const digits = trimmed.startsWith("+") ? trimmed.slice(1) : trimmed;
  return /^-?\d+$/.test(digits) ? String(BigInt(digits)) : text;
}

/**
 * A request with a run's id. The current field is `run_id`; 1.x clients send `run_uuid`, and most clients send both.
 */
export function withRunId<TShape extends z.ZodRawShape>(shape: TShape) {
  const schema = z.object({ run_id: runId, ...shape });
  // `preprocess` types its input as unknown; our clients send what the schema says.
  return z.preprocess(preferRunId, schema) as unknown as typeof schema;
}

function preferRunId(value: unknown): unknown {
  if (typeof value !== "object" || value === null || "run_id" in value || !("run_uuid" in value))
    return value;
  return { ...value, run_id: value.run_uuid };
}
