/** MLflow's scalar column types. */
export const COLUMN_TYPES = [
  "boolean",
  "integer",
  "long",
  "float",
  "double",
  "string",
  "binary",
  "datetime",
] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** One column of a model's input or output. */
export type ColumnSpec = {
  /** Absent when the model knows its columns by place only. */
  readonly name?: string;
  readonly type: ColumnType;
  /** Whether a prediction needs the column. */
  readonly required: boolean;
};

/** An array of a model's input or output; −1 in the shape stands for any length. */
export type TensorSpec = {
  readonly name?: string;
  /** NumPy's name, for example `int64`. */
  readonly dtype: string;
  readonly shape: readonly number[];
};

export type Schema =
  | { readonly kind: "columns"; readonly columns: readonly ColumnSpec[] }
  | { readonly kind: "tensors"; readonly tensors: readonly TensorSpec[] }
  /** Types without a counterpart here (arrays, objects, maps), kept as the JSON text that they are. */
  | { readonly kind: "other"; readonly json: string };

/** What a model takes and gives (MLflow's ModelSignature). Parameters of inference are not supported. */
export type ModelSignature = {
  readonly inputs?: Schema;
  readonly outputs?: Schema;
};
