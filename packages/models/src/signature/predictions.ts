import { invalid, isObject } from "@flightdeck/core";
import { type Cell, cellAt, type Frame } from "@flightdeck/frame";

/** A predicted value: a class or a number. */
export type Label = number | string | boolean;

/** An array of numbers or strings in row-major order, like NumPy's. */
export type Tensor = {
  readonly name: string;
  /** NumPy's name, for example `float32`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly Label[];
};

/**
 * A model's predictions; `kind` says in which form.
 *
 * - `labels`: one class or number per row
 * - `probabilities`: per row, one number for each class, in the order of `classes`
 * - `table`: named columns, one row per input row
 * - `tensors`: named arrays
 * - `json`: anything else that a Python model returned
 */
export type Predictions =
  | { readonly kind: "labels"; readonly values: readonly Label[] }
  | {
      readonly kind: "probabilities";
      readonly classes: readonly Label[];
      readonly rows: readonly (readonly number[])[];
    }
  | { readonly kind: "table"; readonly table: Frame }
  | { readonly kind: "tensors"; readonly tensors: readonly Tensor[] }
  | { readonly kind: "json"; readonly value: unknown };

/** The value of `predictions` in MLflow's answer: a list, a list of records, or an object of arrays. */
export function predictionsToJson(predictions: Predictions): unknown {
  switch (predictions.kind) {
    case "labels":
      return predictions.values;
    case "probabilities":
      return predictions.rows;
    case "table":
      return records(predictions.table);
    case "tensors":
      return Object.fromEntries(predictions.tensors.map((tensor) => [tensor.name, nest(tensor)]));
    case "json":
      return predictions.value;
  }
}

/** Parses the `predictions` of an answer. null among numbers is NaN, which JSON does not have. */
function predictionsFromJson(value: unknown): Predictions {
  if (Array.isArray(value) && value.every(isLabel)) return { kind: "labels", values: value };
  if (Array.isArray(value) && value.every(isNumberOrNull)) {
    return { kind: "labels", values: value.map((number) => number ?? Number.NaN) };
  }
  return { kind: "json", value };
}

/**
 * Reads the predictions from an answer of MLflow's protocol. If it is an error, throws `INVALID_PARAMETER_VALUE` with
 * its message.
 */
export function predictionsFromAnswer(status: number, answer: unknown): Predictions {
  const field = (name: string): unknown => (isObject(answer) ? answer[name] : undefined);
  if (status === 200) return predictionsFromJson(field("predictions"));
  const message = field("message");
  throw invalid(typeof message === "string" ? message : "the model gave no answer");
}

/** Whether a JSON value can be a predicted one. */
export function isLabel(value: unknown): value is Label {
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean";
}

function isNumberOrNull(value: unknown): value is number | null {
  return typeof value === "number" || value === null;
}

function records(table: Frame): readonly Readonly<Record<string, Cell>>[] {
  const columns = table.columnNames.map((name) => table.column(name));
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(columns.map((column) => [column.name, cellAt(column, row)])),
  );
}

/** Nests an array's flat values according to its shape. */
export function nest({ values, shape }: Pick<Tensor, "values" | "shape">): unknown {
  const [length, ...inner] = shape;
  if (length === undefined) return values[0];
  if (inner.length === 0) return values;
  const step = inner.reduce((size, dimension) => size * dimension, 1);
  return Array.from({ length }, (_, i) =>
    nest({ values: values.slice(i * step, (i + 1) * step), shape: inner }),
  );
}
