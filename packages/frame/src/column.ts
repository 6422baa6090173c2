import { AppError } from "@flightdeck/core";

/** The array type of each dtype. The names are those of pandas and NumPy. */
export type ColumnValues = {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  /** Integers beyond 32 bits, as doubles. All are safe integers, |x| < 2^53. */
  readonly int64: Float64Array;
  /** 1 is true, 0 is false. */
  readonly boolean: Uint8Array;
  /** Days since 1970-01-01. */
  readonly date: Int32Array;
  /** Milliseconds since 1970-01-01 in UTC, with microseconds as the fraction. */
  readonly datetime: Float64Array;
  readonly string: readonly string[];
  /** Indices into the column's `categories`. */
  readonly category: Int32Array;
};

/** The type of a column's values. */
export type Dtype = keyof ColumnValues;

/** The code of a missing category, as in pandas. */
export const MISSING_CATEGORY = -1;

type ColumnOf<TDtype extends Dtype> = {
  readonly name: string;
  readonly dtype: TDtype;
  /**
   * One value per row. A missing value is NaN in a float or datetime column, -1 in a category column, otherwise 0,
   * false or "".
   */
  readonly values: ColumnValues[TDtype];
  /** One byte per row, 1 where the value is missing; undefined if no value is missing. */
  readonly nulls: Uint8Array | undefined;
};

/** A column with few distinct texts: each row contains the index of its text in `categories`. */
export type CategoryColumn = ColumnOf<"category"> & {
  /** The distinct texts. May include texts that no row has. */
  readonly categories: readonly string[];
};

/** A column of any dtype; `dtype` determines the type of `values`. */
export type Column =
  | { readonly [TDtype in Exclude<Dtype, "category">]: ColumnOf<TDtype> }[Exclude<Dtype, "category">]
  | CategoryColumn;

/** A cell as a plain JavaScript value; dates are ISO 8601 text, as in JSON. */
export type Cell = number | string | boolean | null;

export const DAY_MS = 86_400_000;

/** The value of one row, or `null` if it is missing. */
export function cellAt(column: Column, row: number): Cell {
  if (column.nulls?.[row] === 1) return null;
  const value = column.values[row];
  if (value === undefined) throw rowOutOfRange(column, row);
  switch (column.dtype) {
    case "boolean":
      return value === 1;
    case "category":
      return column.categories[Number(value)] ?? null;
    case "date":
      return isoText(Number(value) * DAY_MS).slice(0, "2013-01-31".length);
    case "datetime":
      return isoText(Number(value));
    default:
      return value;
  }
}

/** A new column with the given rows, in the given order. */
export function takeRows(column: Column, rows: Uint32Array): Column {
  const nulls = column.nulls && gather(column.nulls, rows, new Uint8Array(rows.length));
  const size = rows.length;
  switch (column.dtype) {
    case "float32":
      return { ...column, nulls, values: gather(column.values, rows, new Float32Array(size)) };
    case "int32":
    case "date":
    case "category":
      return { ...column, nulls, values: gather(column.values, rows, new Int32Array(size)) };
    case "boolean":
      return { ...column, nulls, values: gather(column.values, rows, new Uint8Array(size)) };
    case "float64":
    case "int64":
    case "datetime":
      return { ...column, nulls, values: gather(column.values, rows, new Float64Array(size)) };
    case "string":
      return { ...column, nulls, values: Array.from(rows, (row) => column.values[row] ?? "") };
  }
}

/**
 * Converts a text column to categories, in order of first appearance; other dtypes are refused. Forests accept such
 * columns directly.
 */
export function toCategory(column: Column): CategoryColumn {
  if (column.dtype === "category") return column;
  if (column.dtype !== "string") {
    const message = `column "${column.name}" must hold text to become categories, got ${column.dtype}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const codeOf = new Map<string, number>();
  const values = Int32Array.from(column.values, (text, row) => {
    if (column.nulls?.[row] === 1) return MISSING_CATEGORY;
    const known = codeOf.get(text);
    if (known !== undefined) return known;
    codeOf.set(text, codeOf.size);
    return codeOf.size - 1;
  });
  const { name, nulls } = column;
  return { name, dtype: "category", values, nulls, categories: [...codeOf.keys()] };
}

type Writable = { [index: number]: number };

function gather<T extends Writable>(from: ArrayLike<number>, rows: Uint32Array, to: T): T {
  for (let i = 0; i < rows.length; i++) to[i] = from[rows[i] ?? 0] ?? 0;
  return to;
}

/** Years outside the range of JavaScript's Date have no ISO text. */
function isoText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms since 1970` : date.toISOString();
}

function rowOutOfRange(column: Column, row: number): AppError {
  const allowed = `0..${column.values.length - 1}`;
  return new AppError("INVALID_PARAMETER_VALUE", `row must be ${allowed}, got ${row}`);
}
