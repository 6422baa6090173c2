import { AppError, invalid, isObject } from "@flightdeck/core";
import { cellAt, type Frame } from "@flightdeck/frame";
import { columnTypeOf } from "../signature/column-type.ts";
import { isLabel, type Label, type Predictions } from "../signature/predictions.ts";
import type { ModelSignature } from "../signature/signature.ts";
import {
  type Datatype,
  DATATYPE_OF_COLUMN,
  datatypeOfNumpy,
  elementCount,
  encodeElements,
  type InferTensor,
} from "./datatypes.ts";
import type { InferRequest } from "./infer-request.ts";

/** The name of an output that has none. */
export const UNNAMED_OUTPUT = "output-1";

/** Converts predictions to the protocol's tensors. The signature determines the type of an unnamed array. */
export function outputTensors(
  predictions: Predictions,
  signature: ModelSignature | undefined,
): readonly InferTensor[] {
  switch (predictions.kind) {
    case "labels":
      return [arrayTensor(predictions.values, [predictions.values.length], signature)];
    case "probabilities": {
      const shape = [predictions.rows.length, predictions.classes.length];
      return [arrayTensor(predictions.rows.flat(), shape, signature)];
    }
    case "table":
      return tableTensors(predictions.table);
    case "tensors":
      return predictions.tensors.map(({ name, dtype, shape, values }) => {
        return { name, datatype: datatypeOfNumpy(dtype), shape, values };
      });
    case "json":
      return jsonTensors(predictions.value, signature);
  }
}

function arrayTensor(
  values: readonly Label[],
  shape: readonly number[],
  signature: ModelSignature | undefined,
): InferTensor {
  return { name: UNNAMED_OUTPUT, datatype: declaredType(signature) ?? typeOf(values), shape, values };
}

/** The type of the only output. Inferring it from the values would make it change between requests. */
function declaredType(signature: ModelSignature | undefined): Datatype | undefined {
  const outputs = signature?.outputs;
  if (outputs?.kind === "tensors" && outputs.tensors.length === 1) {
    return datatypeOfNumpy(outputs.tensors[0]?.dtype ?? "");
  }
  const [column] = outputs?.kind === "columns" ? outputs.columns : [];
  return column && DATATYPE_OF_COLUMN[column.type];
}

function typeOf(values: readonly Label[]): Datatype {
  if (values.every((value) => typeof value === "number")) return "FP64";
  return values.every((value) => typeof value === "boolean") ? "BOOL" : "BYTES";
}

function tableTensors(table: Frame): readonly InferTensor[] {
  return table.columnNames.map((name) => {
    const column = table.column(name);
    const values = Array.from({ length: table.numRows }, (_, row) => cellAt(column, row) ?? Number.NaN);
    return { name, datatype: DATATYPE_OF_COLUMN[columnTypeOf(column.dtype)], shape: [table.numRows], values };
  });
}

/** Converts the answer of a Python model: nested lists, records with the same keys, or an object of arrays. */
function jsonTensors(value: unknown, signature: ModelSignature | undefined): readonly InferTensor[] {
  if (isObject(value)) return Object.entries(value).map(([name, list]) => ({ ...nestedTensor(list), name }));
  if (Array.isArray(value) && value.length > 0 && value.every(isObject)) {
    const names = Object.keys(value[0] ?? {});
    return names.map((name) => ({ ...nestedTensor(value.map((record) => record[name])), name }));
  }
  const tensor = nestedTensor(value);
  return [{ ...tensor, datatype: declaredType(signature) ?? tensor.datatype }];
}

function nestedTensor(value: unknown): InferTensor {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  const flat: readonly unknown[] = Array.isArray(value) ? value.flat(shape.length) : [value];
  const values = flat.map((item) => (item === null ? Number.NaN : item));
  const count = elementCount(shape);
  if (values.length !== count || !values.every(isLabel)) {
    throw new AppError("NOT_IMPLEMENTED", "the model's answer is not an array of numbers or strings");
  }
  return { name: UNNAMED_OUTPUT, datatype: typeOf(values), shape, values };
}

/** The answer to an inference. `headerLength` is set if binary data follows the JSON. */
export type InferAnswer = { readonly body: Buffer; readonly headerLength?: number | undefined };

/** Writes the requested outputs, each as JSON or binary. */
export function writeInferAnswer(
  modelName: string,
  request: InferRequest,
  tensors: readonly InferTensor[],
): InferAnswer {
  const parts: Buffer[] = [];
  const outputs = chosenOutputs(request, tensors).map(({ tensor, isBinary }) => {
    const { name, datatype, shape, values } = tensor;
    if (!isBinary) return { name, datatype, shape, data: values };
    const bytes = encodeElements(tensor);
    parts.push(bytes);
    return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
  });
  const head = Buffer.from(JSON.stringify({ model_name: modelName, id: request.id, outputs }));
  if (parts.length === 0) return { body: head };
  return { body: Buffer.concat([head, ...parts]), headerLength: head.length };
}

type Chosen = { readonly tensor: InferTensor; readonly isBinary: boolean };

function chosenOutputs(request: InferRequest, tensors: readonly InferTensor[]): readonly Chosen[] {
  const { outputs, isBinary } = request;
  if (outputs === undefined || outputs.length === 0) return tensors.map((tensor) => ({ tensor, isBinary }));
  return outputs.map((asked) => {
    const tensor = tensors.find(({ name }) => name === asked.name);
    if (tensor !== undefined) return { tensor, isBinary: asked.isBinary ?? isBinary };
    const names = tensors.map(({ name }) => name).join(", ");
    throw invalid(`the model has no output "${asked.name}"; its outputs: ${names}`);
  });
}
