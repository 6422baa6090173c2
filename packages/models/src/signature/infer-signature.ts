import type { Frame } from "@flightdeck/frame";
import { columnTypeOf } from "./column-type.ts";
import type { Label, Predictions, Tensor } from "./predictions.ts";
import type { ColumnSpec, ModelSignature, Schema, TensorSpec } from "./signature.ts";

/**
 * Infers the signature of a model that takes `inputs` and predicts `outputs`: columns by name and type, all required.
 * Predictions become an array of unknown length, as MLflow infers them for scikit-learn.
 *
 * @example
 * ```ts
 * const features = train.drop(["ArrDelayBinary"]);
 * const signature = inferSignature(features, await model.predict(features));
 * ```
 */
export function inferSignature(inputs: Frame, outputs?: Predictions | readonly Label[]): ModelSignature {
  return {
    inputs: { kind: "columns", columns: columnSpecs(inputs) },
    outputs: outputs && inferOutputs(outputs),
  };
}

function inferOutputs(outputs: Predictions | readonly Label[]): Schema | undefined {
  if (!("kind" in outputs)) return { kind: "tensors", tensors: [labelsSpec(outputs)] };
  switch (outputs.kind) {
    case "labels":
      return { kind: "tensors", tensors: [labelsSpec(outputs.values)] };
    case "probabilities":
      return { kind: "tensors", tensors: [{ dtype: "float64", shape: [-1, outputs.classes.length] }] };
    case "table":
      return { kind: "columns", columns: columnSpecs(outputs.table) };
    case "tensors":
      return { kind: "tensors", tensors: outputs.tensors.map(tensorSpec) };
    case "json":
      return undefined;
  }
}

function columnSpecs(frame: Frame): readonly ColumnSpec[] {
  return frame.columnNames.map((name) => columnSpec(frame, name));
}

/** The first dimension is the number of rows, which may vary. */
function tensorSpec({ name, dtype, shape }: Tensor): TensorSpec {
  return { name, dtype, shape: shape.map((length, dimension) => (dimension === 0 ? -1 : length)) };
}

function columnSpec(frame: Frame, name: string): ColumnSpec {
  return { name, type: columnTypeOf(frame.column(name).dtype), required: true };
}

function labelsSpec(outputs: readonly Label[]): TensorSpec {
  return { dtype: tensorDtype(outputs), shape: [-1] };
}

/** NumPy's name for the narrowest of its usual types that holds every value. */
function tensorDtype(outputs: readonly Label[]): string {
  if (outputs.every((value) => typeof value === "boolean")) return "bool";
  if (outputs.every((value) => typeof value === "number")) {
    return outputs.every((value) => Number.isInteger(value)) ? "int64" : "float64";
  }
  return "str";
}
