import { AppError } from "@flightdeck/core";
import type { Column, Dtype } from "./column.ts";
import { ColumnBuilder } from "./column-builder.ts";

/**
 * Builds a column from JSON values: numbers become float64, booleans boolean, strings string, and null a missing value.
 * A column with only nulls is float64, as in pandas.
 */
export function inferColumn(name: string, cells: readonly unknown[]): Column {
  const first = cells.find((cell) => cell !== null && cell !== undefined);
  const builder = new ColumnBuilder(name, dtypeOf(name, first), cells.length);
  builder.write(0, cells);
  return builder.build();
}

function dtypeOf(name: string, cell: unknown): Dtype {
  switch (typeof cell) {
    case "undefined":
    case "number":
      return "float64";
    case "boolean":
      return "boolean";
    case "string":
      return "string";
    default: {
      const message = `column "${name}": values must be numbers, strings, booleans or null, got ${typeof cell}`;
      throw new AppError("INVALID_PARAMETER_VALUE", message);
    }
  }
}
