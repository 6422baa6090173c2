import { AppError } from "@flightdeck/core";
import type { Domain, Parameter } from "./domain.ts";

/** Raw values by label. A choice is the index of its option; inactive labels are absent. */
export type Assignment = Readonly<Record<string, number>>;

/** Calls `valueOf` for each active parameter, for a choice before the parameters that depend on it. */
export function assignParameters(domain: Domain, valueOf: (parameter: Parameter) => number): Assignment {
  const assignment: Record<string, number> = {};
  assignInto(assignment, domain.roots, valueOf);
  return assignment;
}

/** The active part of an assignment. Throws when the value of an active label is missing or not a number. */
export function activeAssignment(domain: Domain, assignment: Assignment): Assignment {
  return assignParameters(domain, ({ label }) => valueOfLabel(assignment, label));
}

/** The value of a label. Throws when it is missing or not a number. */
export function valueOfLabel(assignment: Assignment, label: string): number {
  const value: unknown = Object.hasOwn(assignment, label) ? assignment[label] : undefined;
  if (typeof value === "number") return value;
  throw new AppError("INVALID_PARAMETER_VALUE", `label "${label}" needs a number, got ${String(value)}`);
}

/** The option at the index assigned to a choice. Throws when the index is out of range. */
export function optionAt<T>(options: readonly T[], label: string, index: number): T {
  if (Number.isInteger(index) && index >= 0 && index < options.length) {
    return options[index] as T; // The index is in range.
  }
  const allowed = `0..${options.length - 1}`;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `choice "${label}" must be an option's index ${allowed}, got ${index}`,
  );
}

function assignInto(
  assignment: Record<string, number>,
  parameters: readonly Parameter[],
  valueOf: (parameter: Parameter) => number,
): void {
  for (const parameter of parameters) {
    if (Object.hasOwn(assignment, parameter.label)) continue;
    const value = valueOf(parameter);
    assignment[parameter.label] = value;
    if (parameter.branches.length === 0) continue;
    assignInto(assignment, optionAt(parameter.branches, parameter.label, value), valueOf);
  }
}
