import { AppError } from "@flightdeck/core";
import { Frame } from "@flightdeck/frame";
import { cellToNumber } from "./cell-to-number.ts";
import { ABSENT, columnPositions } from "./column-positions.ts";
import type { ColumnSpec } from "./signature.ts";

/** Rows of JSON values, as requests bring them. */
export type RowInput = {
  /** The columns' names; absent: the rows hold the model's columns in the model's order. */
  readonly columns?: readonly string[] | undefined;
  readonly data: readonly (readonly unknown[])[];
};

/**
 * The rows as one row-major matrix of the model's columns, without a frame between: the short way for requests of few
 * rows. The rules are those of `enforceSchema`; text columns have no place in a matrix and throw.
 */
export function rowMatrix(input: RowInput, specs: readonly ColumnSpec[]): Float32Array {
  const positions = columnPositions(specs, input.columns);
  const width = input.columns?.length ?? specs.length;
  const matrix = new Float32Array(input.data.length * specs.length);
  let at = 0;
  input.data.forEach((cells, row) => {
    if (cells.length !== width) throw wrongWidth(row, width, cells.length);
    for (let i = 0; i < specs.length; i++) {
      const spec = specs[i];
      const place = positions[i] ?? ABSENT;
      if (spec !== undefined)
        matrix[at] = place === ABSENT ? Number.NaN : cellToNumber(cells[place], spec, row);
      at++;
    }
  });
  return matrix;
}

/** The rows as a frame with inferred types, to be brought into the model's by `enforceSchema`. */
export function rowFrame(input: RowInput, specs: readonly ColumnSpec[]): Frame {
  const columns = input.columns ?? specs.map((spec, place) => spec.name ?? String(place));
  const bad = input.data.findIndex((cells) => cells.length !== columns.length);
  if (bad !== -1) throw wrongWidth(bad, columns.length, input.data[bad]?.length ?? 0);
  return Frame.fromRows({ columns, data: input.data });
}

function wrongWidth(row: number, width: number, got: number): AppError {
  const message = `row ${row} must have ${width} values, one for each column, got ${got}`;
  return new AppError("INVALID_PARAMETER_VALUE", message, { details: { row } });
}
