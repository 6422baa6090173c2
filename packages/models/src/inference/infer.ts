import { type AppError, invalid } from "@flightdeck/core";
import { type Column, Frame } from "@flightdeck/frame";
import { parsePythonJson } from "../invocation/python-numbers.ts";
import type { Model } from "../model.ts";
import { nest, type Predictions, predictionsFromAnswer } from "../signature/predictions.ts";
import type { ColumnSpec, Schema } from "../signature/signature.ts";
import { DATATYPE_OF_COLUMN, datatypeOfNumpy, DTYPE_OF_DATATYPE, type InferTensor } from "./datatypes.ts";
import { parseInferRequest } from "./infer-request.ts";
import { type InferAnswer, outputTensors, UNNAMED_OUTPUT, writeInferAnswer } from "./infer-response.ts";

/** The name of an input that has none in the signature. */
const UNNAMED_INPUT = "input-1";

/** The body of `POST /v2/models/NAME/infer`, and the header that says where its JSON ends. */
export type InferBody = { readonly body: Buffer; readonly headerLength: string | undefined };

/**
 * Answers an Open Inference Protocol request. If the model takes columns, each input is a named column, or a single
 * matrix holds all columns in order. Any other model gets arrays.
 */
export async function infer(
  modelName: string,
  model: Model,
  { body, headerLength, signal }: InferBody & { readonly signal?: AbortSignal | undefined },
): Promise<InferAnswer> {
  const request = parseInferRequest(body, headerLength);
  const predictions = await predict(model, request.inputs, signal);
  return writeInferAnswer(modelName, request, outputTensors(predictions, model.mlModel.signature));
}

async function predict(
  model: Model,
  inputs: readonly InferTensor[],
  signal: AbortSignal | undefined,
): Promise<Predictions> {
  const [first, second] = inputs;
  const columns = model.inputs;
  if (columns === undefined && second === undefined) return await predictArrays(model, inputs, signal);
  if (model.mlModel.signature?.inputs?.kind === "tensors") return await predictArrays(model, inputs, signal);
  const isMatrix = first?.shape.length === 2 && second === undefined && first.shape[1] === columns?.length;
  const frame =
    isMatrix && columns !== undefined ? matrixFrame(first, columns) : Frame.fromColumns(inputs.map(columnOf));
  return await model.predict(frame, { signal });
}

function matrixFrame(tensor: InferTensor, specs: readonly ColumnSpec[]): Frame {
  const width = specs.length;
  const rows = tensor.values.length / width;
  return Frame.fromColumns(
    specs.map((spec, place) => {
      const values = Array.from(
        { length: rows },
        (_, row) => tensor.values[row * width + place] ?? Number.NaN,
      );
      return columnOf({ ...tensor, name: spec.name ?? String(place), shape: [rows], values });
    }),
  );
}

function columnOf({ name, datatype, shape, values }: InferTensor): Column {
  const [, width = 1, ...inner] = shape;
  if (width !== 1 || inner.length > 0) {
    throw invalid(
      `input ${name} must be a column, of the shape [rows] or [rows, 1], got [${shape.join(", ")}]`,
    );
  }
  const nulls = undefined;
  const dtype = DTYPE_OF_DATATYPE[datatype];
  if (dtype === "string") return { name, dtype, values: values.map(String), nulls };
  if (dtype === "boolean") return { name, dtype, values: Uint8Array.from(values, Number), nulls };
  if (dtype === "float32") return { name, dtype, values: Float32Array.from(values, Number), nulls };
  return { name, dtype, values: Float64Array.from(values, Number), nulls };
}

/** Passes arrays to the model as a body of MLflow's protocol. */
async function predictArrays(
  model: Model,
  inputs: readonly InferTensor[],
  signal: AbortSignal | undefined,
): Promise<Predictions> {
  const [only] = inputs;
  const named = Object.fromEntries(inputs.map(({ name, values, shape }) => [name, nest({ values, shape })]));
  const isNamed = inputs.length > 1 || isNamedInput(model, only?.name);
  const body = JSON.stringify({ inputs: isNamed ? named : named[only?.name ?? ""] });
  const answer = await model.answer({ contentType: "application/json", body, signal });
  const json = parsePythonJson(answer.body.toString());
  return predictionsFromAnswer(answer.status, json);
}

function isNamedInput({ mlModel: { signature } }: Model, name: string | undefined): boolean {
  const inputs = signature?.inputs;
  return inputs?.kind === "tensors" && inputs.tensors.some((tensor) => tensor.name === name);
}

/** The answer to `GET /v2/models/NAME`: the model's inputs and outputs, as far as its signature declares them. */
export function modelMetadata(name: string, { inputs, mlModel }: Model): object {
  const columns: Schema | undefined = inputs && { kind: "columns", columns: inputs };
  return {
    name,
    versions: [],
    platform: "mlflow",
    inputs: tensorsOf(columns ?? mlModel.signature?.inputs, UNNAMED_INPUT),
    outputs: tensorsOf(mlModel.signature?.outputs, UNNAMED_OUTPUT),
  };
}

function tensorsOf(schema: Schema | undefined, unnamed: string): readonly object[] {
  if (schema?.kind === "columns") {
    return schema.columns.map(({ name, type }, i) => {
      return { name: name ?? String(i), datatype: DATATYPE_OF_COLUMN[type], shape: [-1] };
    });
  }
  if (schema?.kind !== "tensors") return [];
  return schema.tensors.map(({ name = unnamed, dtype, shape }) => {
    return { name, datatype: datatypeOfNumpy(dtype), shape };
  });
}

/** The protocol's error format is a single string. */
export function inferErrorBody(error: AppError): string {
  return JSON.stringify({ error: error.message });
}
