import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { z } from "zod";
import {
  COLUMN_TYPES,
  type ColumnSpec,
  type ModelSignature,
  type ParamSpec,
  type Schema,
  type TensorSpec,
} from "./signature.ts";

/*
 * The format in MLmodel files: each schema is JSON text (`mlflow.types.Schema.to_json`). Files before MLflow 2.6 have
 * `optional` instead of `required`.
 */

/** A signature as stored in an MLmodel file. */
export type ModelSignatureWire = {
  readonly inputs: string | null;
  readonly outputs: string | null;
  readonly params: string | null;
};

export const modelSignatureSchema: z.ZodType<ModelSignatureWire> = z.object({
  inputs: z.string().nullable().default(null),
  outputs: z.string().nullable().default(null),
  params: z.string().nullable().default(null),
});

const columnSchema = z.object({
  type: z.enum(COLUMN_TYPES),
  name: z.string().optional(),
  required: z.boolean().optional(),
  optional: z.boolean().optional(),
});

const tensorSchema = z.object({
  type: z.literal("tensor"),
  name: z.string().optional(),
  "tensor-spec": z.object({ dtype: z.string(), shape: z.array(z.number().int()) }),
});

/** Object parameters have another `type`, which we do not support. */
const paramSchema = z.object({
  name: z.string(),
  type: z.enum(COLUMN_TYPES),
  default: z.unknown(),
  shape: z.array(z.number().int()).nullish(),
});

const SHOWN_CHARS_MAX = 100; // Enough to recognize a string, short enough for one line.

const tensorsSchema = z.array(tensorSchema).min(1);
const columnsSchema = z.array(columnSchema);
const paramsSchema = z.array(paramSchema);

/** Throws `INVALID_PARAMETER_VALUE` for invalid JSON. */
export function signatureFromWire(wire: ModelSignatureWire): ModelSignature {
  return {
    inputs: wire.inputs === null ? undefined : parseSchema("inputs", wire.inputs),
    outputs: wire.outputs === null ? undefined : parseSchema("outputs", wire.outputs),
    params: wire.params === null ? undefined : parseParams(wire.params),
  };
}

export function signatureToWire(signature: ModelSignature): ModelSignatureWire {
  return {
    inputs: signature.inputs === undefined ? null : schemaToJson(signature.inputs),
    outputs: signature.outputs === undefined ? null : schemaToJson(signature.outputs),
    params: signature.params === undefined ? null : JSON.stringify(signature.params.map(paramToWire)),
  };
}

function parseParams(text: string): readonly ParamSpec[] {
  const parsed = paramsSchema.safeParse(parseJson("params", text));
  if (parsed.success) return parsed.data.map((param) => ({ ...param, shape: param.shape ?? undefined }));
  const message = "signature.params must be a list of parameters of MLflow's column types";
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function paramToWire({ name, type, default: value, shape }: ParamSpec): z.input<typeof paramSchema> {
  return { name, type, default: value, shape: shape === undefined ? null : [...shape] };
}

function parseSchema(field: string, text: string): Schema {
  const json = parseJson(field, text);
  const tensors = tensorsSchema.safeParse(json);
  if (tensors.success) return { kind: "tensors", tensors: tensors.data.map(tensorFromWire) };
  const columns = columnsSchema.safeParse(json);
  if (columns.success) return { kind: "columns", columns: columns.data.map(columnFromWire) };
  return { kind: "other", json: text };
}

function parseJson(field: string, text: string): unknown {
  try {
    return parseUntrustedJson(text);
  } catch (cause) {
    const message = `signature.${field} must be JSON text, got ${text.slice(0, SHOWN_CHARS_MAX)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message, { cause });
  }
}

function columnFromWire(wire: z.infer<typeof columnSchema>): ColumnSpec {
  const required = wire.required ?? wire.optional !== true;
  return { type: wire.type, required, name: wire.name };
}

function tensorFromWire({ name, "tensor-spec": spec }: z.infer<typeof tensorSchema>): TensorSpec {
  return { dtype: spec.dtype, shape: spec.shape, name };
}

function schemaToJson(schema: Schema): string {
  if (schema.kind === "other") return schema.json;
  if (schema.kind === "columns") {
    const columns = schema.columns.map(({ type, name, required }) => ({ type, name, required }));
    return JSON.stringify(columns);
  }
  const tensors = schema.tensors.map(({ name, dtype, shape }) => ({
    type: "tensor",
    name,
    "tensor-spec": { dtype, shape },
  }));
  return JSON.stringify(tensors);
}
