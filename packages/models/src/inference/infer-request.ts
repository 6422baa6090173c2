import { AppError, invalid, messageOf, parseUntrustedJson } from "@flightdeck/core";
import { z } from "zod";
import type { Label } from "../signature/predictions.ts";
import { type Datatype, DATATYPES, decodeElements, elementCount, type InferTensor } from "./datatypes.ts";

/** A parsed inference request. */
export type InferRequest = {
  readonly id?: string | undefined;
  readonly inputs: readonly InferTensor[];
  /** Requested outputs by name. Absent: all of them. */
  readonly outputs?: readonly RequestedOutput[] | undefined;
  /** Whether outputs default to binary. */
  readonly isBinary: boolean;
};

export type RequestedOutput = { readonly name: string; readonly isBinary?: boolean | undefined };

/** As many columns as any table has. Each tensor allocates an array. */
const TENSORS_MAX = 10_000;
const RANK_MAX = 8;
/** An array without elements may still have many rows, each of which allocates an empty array. */
const EMPTY_ROWS_MAX = 10_000;

const inputSchema = z.object({
  name: z.string(),
  datatype: z.enum(DATATYPES),
  shape: z.array(z.int().nonnegative()).min(1).max(RANK_MAX),
  parameters: z.object({ binary_data_size: z.int().nonnegative().optional() }).optional(),
  data: z.unknown().optional(),
});

const requestSchema = z.object({
  id: z.string().optional(),
  inputs: z.array(inputSchema).min(1).max(TENSORS_MAX),
  outputs: z
    .array(
      z.object({
        name: z.string(),
        parameters: z.object({ binary_data: z.boolean().optional() }).optional(),
      }),
    )
    .max(TENSORS_MAX)
    .optional(),
  parameters: z.object({ binary_data_output: z.boolean().optional() }).optional(),
});

/**
 * Parses the body of an inference request. With the binary extension, the first `headerLength` bytes are JSON; the
 * tensors' bytes follow in input order. Throws `BAD_REQUEST` or `INVALID_PARAMETER_VALUE` if the request is invalid.
 */
export function parseInferRequest(body: Buffer, headerLength: string | undefined): InferRequest {
  const jsonEnd = headerLength === undefined ? body.length : Number(headerLength);
  if (!Number.isInteger(jsonEnd) || jsonEnd < 0 || jsonEnd > body.length) {
    throw invalid(`Inference-Header-Content-Length must be 0..${body.length}, got ${headerLength}`);
  }
  const request = parseHead(body.toString("utf8", 0, jsonEnd));
  let at = jsonEnd;
  const inputs = request.inputs.map((input): InferTensor => {
    const { name, datatype, shape, parameters, data } = input;
    const count = elementCount(shape);
    if (count === 0 && elementCount(shape.slice(0, shape.indexOf(0))) > EMPTY_ROWS_MAX) {
      throw invalid(`input ${name} must have at most ${EMPTY_ROWS_MAX} rows without elements`);
    }
    if (parameters?.binary_data_size === undefined) {
      return { name, datatype, shape, values: elementsOf(data, { name, datatype, count }) };
    }
    const end = at + parameters.binary_data_size;
    if (end > body.length) throw invalid(`the bytes of input ${name} are cut off`);
    const values = decodeElements(body.subarray(at, end), datatype, count);
    at = end;
    return { name, datatype, shape, values };
  });
  if (at !== body.length) throw invalid(`${body.length - at} bytes belong to no input`);
  return {
    id: request.id,
    inputs,
    outputs: request.outputs?.map(({ name, parameters }) => ({ name, isBinary: parameters?.binary_data })),
    isBinary: request.parameters?.binary_data_output ?? false,
  };
}

function parseHead(text: string): z.output<typeof requestSchema> {
  let json: unknown;
  try {
    json = parseUntrustedJson(text);
  } catch (cause) {
    throw new AppError("BAD_REQUEST", `the request is not JSON: ${messageOf(cause)}`, { cause });
  }
  const parsed = requestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: "" };
  throw invalid(`${path.map(String).join(".")}: ${message}`);
}

type Expected = { readonly name: string; readonly datatype: Datatype; readonly count: number };

/** Reads JSON elements from a flat or nested list. */
function elementsOf(data: unknown, { name, datatype, count }: Expected): Label[] {
  if (!Array.isArray(data)) throw invalid(`data of input ${name} must be a list`);
  const values: unknown[] = data.flat(RANK_MAX);
  if (values.length !== count) {
    throw invalid(`data of input ${name} must have ${count} elements by its shape, got ${values.length}`);
  }
  return values.map((value) => elementOf(value, name, datatype));
}

function elementOf(value: unknown, name: string, datatype: Datatype): Label {
  if (datatype === "BOOL" && typeof value === "boolean") return value;
  if (datatype === "BYTES" && typeof value === "string") return value;
  if (datatype.startsWith("FP") && value === null) return Number.NaN; // JSON has no NaN.
  if (datatype.startsWith("FP") && typeof value === "number") return value;
  if (/INT/.test(datatype) && typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw invalid(`data of input ${name} must be ${datatype}, got ${JSON.stringify(value)}`);
}
