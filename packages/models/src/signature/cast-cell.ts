import { AppError } from "@flightdeck/core";
import type { ColumnSpec, ColumnType } from "./signature.ts";

/** NumPy's names, which MLflow uses in its messages. */
const NUMPY_NAMES: Readonly<Partial<Record<ColumnType, string>>> = {
  boolean: "bool",
  integer: "int32",
  long: "int64",
  float: "float32",
  double: "float64",
};

const INT32_LIMIT = 2 ** 31;
const INT64_LIMIT = 2 ** 63;

/**
 * Casts a cell of a JSON request to a number for this column, as MLflow's scoring server does with pandas' `astype`:
 * booleans become 0 and 1, strings are parsed like Python's `float` and `int`, integer columns truncate fractions, and
 * a missing value becomes NaN where the type has one. Throws `BAD_REQUEST`, in MLflow's wording, for anything else.
 */
export function castCell(cell: unknown, spec: ColumnSpec): number {
  const { type } = spec;
  const number = typeof cell === "number" ? cell : numberOf(cell, type);
  if (number === undefined) throw failedConversion(cell, spec);
  switch (type) {
    case "float":
    case "double":
      return number;
    case "boolean":
      return number === 0 ? 0 : 1;
    case "integer":
      return wholeBelow(INT32_LIMIT, number, spec);
    case "long":
      return wholeBelow(INT64_LIMIT, number, spec);
    default:
      throw failedConversion(cell, spec); // Strings, bytes and dates are not numbers.
  }
}

/** Casts a cell of a string column. Rejects anything but strings; a missing value stays missing. */
export function castText(cell: unknown, spec: ColumnSpec): string | null {
  if (typeof cell === "string" || cell === null) return cell;
  throw failedConversion(cell, spec);
}

/** What Python's `float` and `int` accept, except for underscores between digits. */
const PYTHON_FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const PYTHON_INT = /^[+-]?\d+$/;

function numberOf(cell: unknown, type: ColumnType): number | undefined {
  if (typeof cell === "boolean") return cell ? 1 : 0;
  const isWhole = type === "integer" || type === "long";
  if (cell === null) return isWhole ? undefined : Number.NaN;
  if (typeof cell !== "string") return undefined;
  const text = cell.trim();
  if (isWhole) return PYTHON_INT.test(text) ? Number(text) : undefined;
  if (PYTHON_FLOAT.test(text)) return Number(text);
  return WORDS.get(text.toLowerCase());
}

const WORDS: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["infinity", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["-infinity", Number.NEGATIVE_INFINITY],
]);

function wholeBelow(limit: number, number: number, spec: ColumnSpec): number {
  if (number >= -limit && number < limit) return Math.trunc(number);
  throw failedConversion(number, spec);
}

const SHOWN_CHARS_MAX = 100; // Enough to recognize a value, short enough for one line.

/** MLflow's error for a cell that cannot be cast. */
function failedConversion(cell: unknown, { name, type }: ColumnSpec): AppError {
  const text = JSON.stringify(cell) ?? "nothing";
  const shown = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
  const message =
    "Invalid input. Data is not compatible with model signature. " +
    `Failed to convert column ${name} to type '${NUMPY_NAMES[type] ?? type}'. Got ${shown}.`;
  return new AppError("BAD_REQUEST", message, { details: { column: name } });
}
