import { AppError } from "@flightdeck/core";
import { cellAt, type Column, type Frame } from "@flightdeck/frame";
import { CLASS_COUNT_MAX, type ClassLabel, type Output } from "./forest.ts";
import type { ClassWeight } from "./options.ts";

/** The values that the trees learn: row-major, rows × outputs. */
export type Targets =
  | { readonly kind: "classes"; readonly outputs: readonly Output[]; readonly codes: Uint8Array }
  | { readonly kind: "values"; readonly outputs: readonly Output[]; readonly values: Float64Array };

/** The classes of the label columns (integers, booleans or text), and the class of each row. */
export function classTargets(frame: Frame, names: readonly string[]): Targets {
  const encoded = names.map((name) => encodeLabels(frame.column(name)));
  const codes = new Uint8Array(frame.numRows * names.length);
  encoded.forEach((output, i) => output.codes.forEach((code, row) => (codes[row * names.length + i] = code)));
  return {
    kind: "classes",
    outputs: encoded.map(({ classes }, i) => ({ name: names[i] ?? "", classes })),
    codes,
  };
}

/** The values of numeric target columns. Throws INVALID_PARAMETER_VALUE for a missing or infinite value. */
export function valueTargets(frame: Frame, names: readonly string[], isPoisson: boolean): Targets {
  const values = new Float64Array(frame.numRows * names.length);
  names.forEach((name, i) => {
    const column = frame.column(name);
    for (let row = 0; row < frame.numRows; row++) {
      values[row * names.length + i] = valueAt(column, row, isPoisson);
    }
    const isAnyPositive = !isPoisson || values.some((value, at) => at % names.length === i && value > 0);
    if (!isAnyPositive) throw invalid(name, 'must have a value above 0 for criterion "poisson"');
  });
  return { kind: "values", outputs: names.map((name) => ({ name })), values };
}

/**
 * The weight of each row, or undefined if every row weighs 1: the sample weight times the weight of its class in each
 * output, as in scikit-learn.
 */
export function rowWeights(
  targets: Targets,
  numRows: number,
  given: { readonly sampleWeight: ArrayLike<number> | undefined; readonly classWeight: ClassWeight },
): Float64Array | undefined {
  const { sampleWeight, classWeight } = given;
  if (sampleWeight !== undefined) checkSampleWeight(sampleWeight, numRows);
  const factors = classFactors(targets, numRows, classWeight);
  if (sampleWeight === undefined && factors === undefined) return undefined;
  const weights = new Float64Array(numRows).fill(1);
  if (sampleWeight !== undefined) weights.set(Float64Array.from(sampleWeight));
  if (factors !== undefined && targets.kind === "classes") multiply(weights, targets.codes, factors);
  if (!weights.some((weight) => weight > 0))
    throw new AppError("INVALID_PARAMETER_VALUE", "at least one row must have a weight above 0, got none");
  return weights.every((weight) => weight === 1) ? undefined : weights;
}

function multiply(weights: Float64Array, codes: Uint8Array, factors: readonly (readonly number[])[]): void {
  factors.forEach((ofClass, output) => {
    for (let row = 0; row < weights.length; row++) {
      const code = codes[row * factors.length + output] ?? 0;
      weights[row] = (weights[row] ?? 0) * (ofClass[code] ?? 0);
    }
  });
}

/** The factor of each class, per output. "balanced_subsample" is computed by each tree. */
function classFactors(targets: Targets, numRows: number, classWeight: ClassWeight): number[][] | undefined {
  if (targets.kind !== "classes" || classWeight === null || classWeight === "balanced_subsample")
    return undefined;
  const { outputs, codes } = targets;
  return outputs.map(({ classes = [] }, output) => {
    if (classWeight !== "balanced") return givenFactors(classes, classWeight);
    const counts = Array.from(classes, () => 0);
    for (let at = output; at < codes.length; at += outputs.length) {
      const code = codes[at] ?? 0;
      counts[code] = (counts[code] ?? 0) + 1;
    }
    return counts.map((count) => numRows / (classes.length * count));
  });
}

/** Classes that are not listed have weight 1, as in scikit-learn. */
function givenFactors(classes: readonly ClassLabel[], given: Readonly<Record<string, number>>): number[] {
  const names = classes.map(String);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const message = `classWeight must name classes, got "${unknown}"; classes: ${names.join(", ")}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return names.map((name) => given[name] ?? 1);
}

function checkSampleWeight(weights: ArrayLike<number>, numRows: number): void {
  const rule = (got: string): AppError =>
    new AppError(
      "INVALID_PARAMETER_VALUE",
      `sampleWeight must be ${numRows} finite numbers of at least 0, got ${got}`,
    );
  if (weights.length !== numRows) throw rule(String(weights.length));
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row] ?? NaN;
    if (!(weight >= 0 && weight < Infinity)) throw rule(`${weight} in row ${row}`);
  }
}

type EncodedLabels = {
  /** The distinct labels, ascending, as scikit-learn's `classes_`. */
  readonly classes: readonly ClassLabel[];
  /** The index of each row's class. */
  readonly codes: Uint8Array;
};

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

function valueAt(column: Column, row: number, isPoisson: boolean): number {
  const cell = cellAt(column, row);
  if (typeof cell === "string")
    throw invalid(column.name, "holds text; a target must hold numbers", "target");
  const value = cell === null ? NaN : Number(cell);
  if (!Number.isFinite(value))
    throw invalid(column.name, `must hold finite numbers, got ${cell} in row ${row}`, "target");
  if (isPoisson && value < 0)
    throw invalid(column.name, `must hold no value below 0 for criterion "poisson", got ${value}`, "target");
  return value;
}

/** The labels of a column all have the same type. Text is sorted by code units, like ASCII in Python. */
function compareLabels(a: ClassLabel, b: ClassLabel): number {
  return a < b ? -1 : Number(a > b);
}

function invalid(name: string, rule: string, what = "label"): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${what} column "${name}" ${rule}`, {
    details: { column: name },
  });
}
