import type { Frame } from "@flightdeck/frame";
import { columnTypeOf } from "./column-type.ts";
import type { ColumnSpec, ModelSignature, TensorSpec } from "./signature.ts";

/** What a model predicts: one class label a row. */
export type Predictions = readonly (number | string | boolean)[];

/**
 * The signature of a model that takes `inputs` and predicts `outputs`: every column by name and type, all required; the
 * predictions as MLflow infers them from scikit-learn's, an array of unknown length.
 *
 * @example
 * ```ts
 * const features = train.drop(["ArrDelayBinary"]);
 * const signature = inferSignature(features, await model.predict(features));
 * ```
 */
export function inferSignature(inputs: Frame, outputs?: Predictions): ModelSignature {
  const columns = inputs.columnNames.map((name) => columnSpec(inputs, name));
  return {
    inputs: { kind: "columns", columns },
    ...(outputs !== undefined && { outputs: { kind: "tensors", tensors: [tensorSpec(outputs)] } }),
  };
}

function columnSpec(frame: Frame, name: string): ColumnSpec {
  return { name, type: columnTypeOf(frame.column(name).dtype), required: true };
}

function tensorSpec(outputs: Predictions): TensorSpec {
  return { dtype: tensorDtype(outputs), shape: [-1] };
}

/** NumPy's name of the narrowest of its usual types that holds every value. */
function tensorDtype(outputs: Predictions): string {
  if (outputs.every((value) => typeof value === "boolean")) return "bool";
  if (outputs.every((value) => typeof value === "number")) {
    return outputs.every((value) => Number.isInteger(value)) ? "int64" : "float64";
  }
  return "str";
}
