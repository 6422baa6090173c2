import { AppError } from "@flightdeck/core";
import type { ColumnSpec } from "./signature.ts";

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * Converts a cell to a number for this column; a boolean becomes 0 or 1. Like MLflow's schema enforcement, it allows
 * lossless conversions and throws `INVALID_PARAMETER_VALUE` with the column, the row and the value for others. JSON has
 * only one kind of number, so the value decides: 3 and 3.0 fit an integer column, 3.5 does not. Any number fits a
 * `float` column, rounded as the model itself rounds. A missing value is NaN in a float or double column and fits no
 * other.
 */
export function cellToNumber(cell: unknown, spec: ColumnSpec, row: number): number {
  switch (spec.type) {
    case "float":
    case "double":
      if (typeof cell === "number") return cell;
      if (cell === null) return Number.NaN;
      break;
    case "integer":
      if (Number.isInteger(cell) && Number(cell) >= INT32_MIN && Number(cell) <= INT32_MAX)
        return Number(cell);
      break;
    case "long":
      if (Number.isSafeInteger(cell)) return Number(cell);
      break;
    case "boolean":
      if (typeof cell === "boolean") return cell ? 1 : 0;
      break;
    default: // Strings, bytes and dates are not numbers.
  }
  throw incompatible(cell, spec, row);
}

/** The error for a cell that does not fit its column. */
export function incompatible(cell: unknown, spec: ColumnSpec, row: number): AppError {
  const message =
    `Incompatible input types for column ${spec.name}. ` +
    `Can not safely convert ${shown(cell)} in row ${row} to ${spec.type}.${cell === null ? MISSING_HINT : ""}`;
  return new AppError("INVALID_PARAMETER_VALUE", message, { details: { column: spec.name, row } });
}

const MISSING_HINT =
  " Hint: declare columns that may have missing values as double in the model's signature.";

const SHOWN_CHARS_MAX = 100; // Enough to recognize a value, short enough for one line.

function shown(cell: unknown): string {
  if (cell === null || cell === undefined) return "a missing value";
  const text = JSON.stringify(cell);
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
