import { AppError } from "@flightdeck/core";
import { cellAt, type Column, type Frame } from "@flightdeck/frame";
import type { Feature } from "./forest.ts";
import type { ResolvedOptions } from "./options.ts";

/** Categories are one-byte bins, one of which is for missing values. */
export const CATEGORY_COUNT_MAX = 255;

/** The features of a training frame, in the order of its columns. */
export function featuresOf(
  frame: Frame,
  names: readonly string[],
  categorical: ResolvedOptions["categoricalFeatures"],
): Feature[] {
  if (Array.isArray(categorical)) checkNames(categorical, names);
  return names.map((name) => {
    const column = frame.column(name);
    const isText = column.dtype === "string" || column.dtype === "category";
    const isCategory = categorical === "from_dtype" ? isText : (categorical?.includes(name) ?? false);
    if (isText && !isCategory) throw textFeature(name);
    return isCategory ? { name, categories: categoriesOf(column) } : { name };
  });
}

/**
 * The features as 32-bit floats, as in scikit-learn's trees: numbers, or category codes; NaN is a missing value. Float
 * columns are shared, not copied. Integers beyond 2^24 are rounded. Throws INVALID_PARAMETER_VALUE for a missing or
 * text column, and for a category not seen in training.
 */
export function featureColumns(frame: Frame, features: readonly Feature[]): Float32Array[] {
  return features.map(({ name, categories }) => {
    const column = frame.column(name);
    return categories === undefined ? toFloat32(column) : toCodes(column, categories);
  });
}

/** Throws INVALID_PARAMETER_VALUE for an infinite value, since no threshold lies midway to it. */
export function checkFinite(features: readonly Feature[], columns: readonly Float32Array[]): void {
  columns.forEach((values, i) => {
    for (let row = 0; row < values.length; row++) {
      const value = values[row] ?? 0;
      if (value - value === 0 || value !== value) continue;
      throw invalid(features[i]?.name ?? "", `must hold finite 32-bit floats, got ${value} in row ${row}`);
    }
  });
}

function toFloat32(column: Column): Float32Array {
  if (column.dtype === "string" || column.dtype === "category") throw textFeature(column.name);
  if (column.dtype === "float32") return column.values;
  const floats = new Float32Array(column.values);
  const { nulls } = column;
  if (nulls) for (let row = 0; row < nulls.length; row++) if (nulls[row] === 1) floats[row] = NaN;
  return floats;
}

function toCodes(column: Column, categories: readonly string[]): Float32Array {
  const codeOf = new Map(categories.map((category, code) => [category, code]));
  return Float32Array.from({ length: column.values.length }, (_, row) => {
    const category = categoryAt(column, row);
    if (category === undefined) return NaN;
    const code = codeOf.get(category);
    if (code === undefined)
      throw invalid(column.name, `has the category "${category}" in row ${row}, which training did not see`);
    return code;
  });
}

/** The distinct categories: numbers ascending, text sorted by code units. */
function categoriesOf(column: Column): string[] {
  const seen = new Set<string>();
  for (let row = 0; row < column.values.length; row++) {
    const category = categoryAt(column, row);
    if (category !== undefined) seen.add(category);
    if (seen.size > CATEGORY_COUNT_MAX)
      throw invalid(column.name, `must have at most ${CATEGORY_COUNT_MAX} categories`);
  }
  const isNumber = column.dtype !== "string" && column.dtype !== "boolean";
  return isNumber ? [...seen].sort((a, b) => Number(a) - Number(b)) : [...seen].sort();
}

function categoryAt(column: Column, row: number): string | undefined {
  const cell = cellAt(column, row);
  return cell === null || Number.isNaN(cell) ? undefined : String(cell);
}

function checkNames(categorical: readonly string[], names: readonly string[]): void {
  const unknown = categorical.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const message = `categoricalFeatures must name features, got "${unknown}"; features: ${names.join(", ")}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

function textFeature(name: string): AppError {
  return invalid(
    name,
    "holds text; features must be numbers or booleans, or be named in categoricalFeatures",
  );
}

function invalid(name: string, rule: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `column "${name}" ${rule}`, { details: { column: name } });
}
