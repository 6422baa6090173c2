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
/** A column's data type, by its name in an `MLmodel` file. */
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** A column of a model's input or output. */
export type ColumnSpec = {
  /** Absent if the model knows its columns only by position. */
  readonly name?: string | undefined;
  readonly type: ColumnType;
  /** Whether a prediction needs the column. */
  readonly required: boolean;
};

/** An array of a model's input or output; −1 in the shape means any length. */
export type TensorSpec = {
  readonly name?: string | undefined;
  /** NumPy's name, for example `int64`. */
  readonly dtype: string;
  readonly shape: readonly number[];
};

/** A signature's inputs or outputs: columns or tensors. */
export type Schema =
  | { readonly kind: "columns"; readonly columns: readonly ColumnSpec[] }
  | { readonly kind: "tensors"; readonly tensors: readonly TensorSpec[] }
  /** Types that we do not support (arrays, objects, maps), kept as their JSON text. */
  | { readonly kind: "other"; readonly json: string };

/** An inference parameter, such as a temperature. */
export type ParamSpec = {
  readonly name: string;
  readonly type: ColumnType;
  /** A value of the type, or a list of them if there is a shape. null: no default. */
  readonly default: unknown;
  /** `[-1]` for a list; absent for a single value. */
  readonly shape?: readonly number[] | undefined;
};

/** A model's inputs and outputs (MLflow's ModelSignature). */
export type ModelSignature = {
  readonly inputs?: Schema | undefined;
  readonly outputs?: Schema | undefined;
  /** Absent: the model takes no parameters and ignores any that it is given. */
  readonly params?: readonly ParamSpec[] | undefined;
};
