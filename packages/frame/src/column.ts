import { AppError } from "@flightdeck/core";

/** How the values of each dtype are held. The names are pandas' and NumPy's. */
export type ColumnValues = {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  /** Integers beyond 32 bits as doubles; every one of them is a safe integer, |x| < 2^53. */
  readonly int64: Float64Array;
  /** 1 is true, 0 is false. */
  readonly boolean: Uint8Array;
  readonly string: readonly string[];
};

/** The type of a column's values. */
export type Dtype = keyof ColumnValues;

type ColumnOf<TDtype extends Dtype> = {
  readonly name: string;
  readonly dtype: TDtype;
  /** One value a row. A missing one is NaN in a float column, else 0, false or "". */
  readonly values: ColumnValues[TDtype];
  /** One byte a row, 1 where the value is missing; absent when none is. */
  readonly nulls: Uint8Array | undefined;
};

/** A column of any dtype; `dtype` tells which, and so what `values` is. */
export type Column = { readonly [TDtype in Dtype]: ColumnOf<TDtype> }[Dtype];

/** A cell as plain JavaScript. */
export type Cell = number | string | boolean | null;

/** The value of one row, `null` where it is missing. */
export function cellAt(column: Column, row: number): Cell {
  if (column.nulls?.[row] === 1) return null;
  const value = column.values[row];
  if (value === undefined) throw rowOutOfRange(column, row);
  return column.dtype === "boolean" ? value === 1 : value;
}

/** A new column of the given rows, in the given order. */
export function takeRows(column: Column, rows: Uint32Array): Column {
  const nulls = column.nulls && gather(column.nulls, rows, new Uint8Array(rows.length));
  const size = rows.length;
  switch (column.dtype) {
    case "float32":
      return { ...column, nulls, values: gather(column.values, rows, new Float32Array(size)) };
    case "int32":
      return { ...column, nulls, values: gather(column.values, rows, new Int32Array(size)) };
    case "boolean":
      return { ...column, nulls, values: gather(column.values, rows, new Uint8Array(size)) };
    case "float64":
    case "int64":
      return { ...column, nulls, values: gather(column.values, rows, new Float64Array(size)) };
    case "string":
      return { ...column, nulls, values: Array.from(rows, (row) => column.values[row] ?? "") };
  }
}

type Writable = { [index: number]: number };

function gather<T extends Writable>(from: ArrayLike<number>, rows: Uint32Array, to: T): T {
  for (let i = 0; i < rows.length; i++) to[i] = from[rows[i] ?? 0] ?? 0;
  return to;
}

function rowOutOfRange(column: Column, row: number): AppError {
  const allowed = `0..${column.values.length - 1}`;
  return new AppError("INVALID_PARAMETER_VALUE", `row must be ${allowed}, got ${row}`);
}
