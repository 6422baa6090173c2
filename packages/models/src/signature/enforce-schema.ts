import { cellAt, type Column, type ColumnValues, Frame } from "@flightdeck/frame";
import { cellToNumber, incompatible } from "./cell-to-number.ts";
import { ABSENT, columnPositions } from "./column-positions.ts";
import { dtypeOf, type InputDtype } from "./column-type.ts";
import type { ColumnSpec } from "./signature.ts";

/**
 * Converts a frame to these columns, in their order, with their types and without extra columns. Columns that already
 * have the right type are shared, not copied. Throws `INVALID_PARAMETER_VALUE` for a missing column or an unsafe
 * conversion.
 */
export function enforceSchema(frame: Frame, specs: readonly ColumnSpec[]): Frame {
  const positions = columnPositions(specs, frame.columnNames);
  const columns = specs.map((spec, i) => {
    const name = frame.columnNames[positions[i] ?? ABSENT];
    const from = name === undefined ? absentColumn(spec, frame.numRows) : frame.column(name);
    return convertColumn(from, spec, i);
  });
  return Frame.fromColumns(columns);
}

type Numbers = ColumnValues[Exclude<InputDtype, "string">];

function convertColumn(from: Column, spec: ColumnSpec, place: number): Column {
  const dtype = dtypeOf(spec.type);
  const name = spec.name ?? String(place);
  if (from.dtype === dtype) return { ...from, name };
  if (dtype === "string" && from.dtype === "category") return { ...from, name }; // Categories are strings too.
  if (dtype === "string") throw incompatible(cellAt(from, 0), spec, 0);
  const values = allocate(dtype, from.values.length);
  for (let row = 0; row < values.length; row++) values[row] = cellToNumber(cellAt(from, row), spec, row);
  return { name, dtype, values, nulls: from.nulls } as Column; // `allocate` pairs dtype and values.
}

function allocate(dtype: Exclude<InputDtype, "string">, size: number): Numbers {
  switch (dtype) {
    case "float32":
      return new Float32Array(size);
    case "float64":
    case "int64":
      return new Float64Array(size);
    case "int32":
      return new Int32Array(size);
    case "boolean":
      return new Uint8Array(size);
  }
}

/** An optional column that the input lacks: all values are missing. */
function absentColumn(spec: ColumnSpec, size: number): Column {
  const values = new Float64Array(size).fill(Number.NaN);
  return { name: spec.name ?? "", dtype: "float64", values, nulls: new Uint8Array(size).fill(1) };
}
