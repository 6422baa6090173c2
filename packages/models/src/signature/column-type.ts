import { AppError } from "@flightdeck/core";
import type { Dtype } from "@flightdeck/frame";
import type { ColumnType } from "./signature.ts";

const TYPE_OF_DTYPE: Readonly<Record<Dtype, ColumnType>> = {
  float32: "float",
  float64: "double",
  int32: "integer",
  int64: "long",
  boolean: "boolean",
  string: "string",
  category: "string",
  date: "datetime",
  datetime: "datetime",
};

/** The dtypes that a request's cells can become. */
export type InputDtype = Exclude<Dtype, "category" | "date" | "datetime">;

const DTYPE_OF_TYPE: Readonly<Partial<Record<ColumnType, InputDtype>>> = {
  float: "float32",
  double: "float64",
  integer: "int32",
  long: "int64",
  boolean: "boolean",
  string: "string",
};

/** MLflow's name for a frame's dtype. */
export function columnTypeOf(dtype: Dtype): ColumnType {
  return TYPE_OF_DTYPE[dtype];
}

/**
 * The dtype that holds a column of this type. Throws `NOT_IMPLEMENTED` for `binary` and `datetime`, which are not
 * supported as inputs yet.
 */
export function dtypeOf(type: ColumnType): InputDtype {
  const dtype = DTYPE_OF_TYPE[type];
  if (dtype !== undefined) return dtype;
  throw new AppError("NOT_IMPLEMENTED", `columns of type ${type} are not supported, only ${allowedTypes()}`);
}

function allowedTypes(): string {
  return Object.keys(DTYPE_OF_TYPE).join(", ");
}
