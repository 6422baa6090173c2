import { AppError } from "@flightdeck/core";
import type { ColumnSpec } from "./signature.ts";

/** The position of an optional column that the input lacks. */
export const ABSENT = -1;

/**
 * The position in the input of each of the model's columns, or `ABSENT` for a missing optional one. Matches by position
 * if the input has no names. Ignores extra columns. Throws `INVALID_PARAMETER_VALUE` with the missing names, in
 * MLflow's wording.
 */
export function columnPositions(
  specs: readonly ColumnSpec[],
  names: readonly string[] | undefined,
): readonly number[] {
  if (names === undefined || sameNames(specs, names)) return specs.map((_, place) => place);
  const placeOf = new Map(names.map((name, place) => [name, place]));
  const positions = specs.map((spec, place) => placeOf.get(spec.name ?? String(place)) ?? ABSENT);
  const missing = specs.filter((spec, i) => spec.required && positions[i] === ABSENT);
  if (missing.length > 0) throw missingInputs(specs, missing, names);
  return positions;
}

function sameNames(specs: readonly ColumnSpec[], names: readonly string[]): boolean {
  return specs.length === names.length && specs.every((spec, i) => spec.name === names[i]);
}

function missingInputs(
  specs: readonly ColumnSpec[],
  missing: readonly ColumnSpec[],
  names: readonly string[],
): AppError {
  const known = new Set(specs.map((spec) => spec.name));
  const extra = names.filter((name) => !known.has(name));
  const note = extra.length === 0 ? "" : ` Note that there were extra inputs: ${listed(extra)}.`;
  const absent = missing.map((spec) => spec.name ?? "");
  const message = `Model is missing inputs ${listed(absent)}.${note}`;
  return new AppError("INVALID_PARAMETER_VALUE", message, { details: { missing: absent, extra } });
}

function listed(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(", ")}]`;
}
