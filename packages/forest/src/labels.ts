import { AppError } from "@flightdeck/core";
import { cellAt, type Column } from "@flightdeck/frame";
import type { ClassLabel } from "./forest.ts";

export type EncodedLabels = {
  /** The distinct labels, ascending, as scikit-learn's `classes_`. */
  readonly classes: readonly ClassLabel[];
  /** For each row the index of its class. */
  readonly codes: Uint8Array;
};

/** A class has one byte in a binned row. */
export const CLASS_COUNT_MAX = 256;

/** The classes of a label column of integers, booleans or text, and the class of each row. */
export function encodeLabels(column: Column): EncodedLabels {
  const codeOf = new Map<ClassLabel, number>();
  const firstSeen = new Uint8Array(column.values.length);
  for (let row = 0; row < firstSeen.length; row++) {
    const label = labelAt(column, row);
    let code = codeOf.get(label);
    if (code === undefined) {
      code = codeOf.size;
      if (code === CLASS_COUNT_MAX)
        throw invalid(column.name, `must have at most ${CLASS_COUNT_MAX} classes`);
      codeOf.set(label, code);
    }
    firstSeen[row] = code;
  }
  if (codeOf.size < 2) throw invalid(column.name, `must have at least two classes, got ${codeOf.size}`);
  const classes = [...codeOf.keys()].sort(compareLabels);
  const order = Uint8Array.from(codeOf.keys(), (label) => classes.indexOf(label));
  return { classes, codes: firstSeen.map((code) => order[code] ?? 0) };
}

function labelAt(column: Column, row: number): ClassLabel {
  const label = cellAt(column, row);
  if (label === null || Number.isNaN(label))
    throw invalid(column.name, `must not be missing, it is in row ${row}`);
  if (typeof label === "number" && !Number.isInteger(label)) {
    throw invalid(column.name, `must hold integers, booleans or text, got ${label} in row ${row}`);
  }
  return label;
}

/** Labels of a column are all of one type. Text is ordered by code units, as Python orders ASCII. */
function compareLabels(a: ClassLabel, b: ClassLabel): number {
  return a < b ? -1 : Number(a > b);
}

function invalid(name: string, rule: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `label column "${name}" ${rule}`, {
    details: { column: name },
  });
}
