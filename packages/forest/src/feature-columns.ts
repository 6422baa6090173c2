import { AppError } from "@flightdeck/core";
import type { Column, Frame } from "@flightdeck/frame";

/**
 * The named columns as 32-bit floats, as scikit-learn's trees take them; NaN is a missing value. Float columns are shared,
 * not copied. Integers beyond 2^24 are rounded. Throws INVALID_PARAMETER_VALUE for a column that is absent or text.
 */
export function featureColumns(frame: Frame, names: readonly string[]): Float32Array[] {
  return names.map((name) => toFloat32(frame.column(name)));
}

function toFloat32(column: Column): Float32Array {
  if (column.dtype === "string") throw textFeature(column.name);
  if (column.dtype === "float32") return column.values;
  const floats = Float32Array.from(column.values);
  const { nulls } = column;
  if (nulls) for (let row = 0; row < nulls.length; row++) if (nulls[row] === 1) floats[row] = NaN;
  return floats;
}

function textFeature(name: string): AppError {
  const message = `column "${name}" holds text; features must be numbers or booleans, so encode it or drop it`;
  return new AppError("INVALID_PARAMETER_VALUE", message, { details: { column: name } });
}
