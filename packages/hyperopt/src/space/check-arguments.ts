import { AppError } from "@flightdeck/core";

/** ln of the largest double: exp of anything larger is infinite. */
const LOG_BOUND_MAX = Math.log(Number.MAX_VALUE);

/** How far the sum of a pchoice's probabilities may be from 1, so that thirds may be written as 0.3333333. */
const PROBABILITY_TOLERANCE = 1e-6;

/** Throws unless the label is a string that can be a key of an assignment. */
export function checkLabel(label: string): void {
  if (typeof label !== "string") throw invalid("label must be a string", label);
  if (label === "" || label === "__proto__") throw invalid("label must be a non-empty name", label);
}

/** Throws unless low < high. hyperopt skips the check when a bound is 0, which only hides mistakes. */
export function checkBounds(label: string, low: number, high: number): void {
  checkFinite(label, "low", low);
  checkFinite(label, "high", high);
  if (low >= high) throw invalid(`${label}: low must be less than high`, `low ${low}, high ${high}`);
}

/** Throws for log-space bounds whose exp overflows: usually somebody passed raw bounds to `loguniform`. */
export function checkLogBounds(label: string, low: number, high: number): void {
  checkBounds(label, low, high);
  if (high <= LOG_BOUND_MAX) return;
  throw invalid(`${label}: low and high are natural logarithms, high at most ${LOG_BOUND_MAX}`, high);
}

export function checkIntegerBounds(label: string, low: number, high: number): void {
  for (const bound of [low, high]) {
    if (!Number.isSafeInteger(bound)) throw invalid(`${label}: bounds must be integers`, bound);
  }
  checkBounds(label, low, high);
}

export function checkFinite(label: string, name: string, value: number): void {
  if (!Number.isFinite(value)) throw invalid(`${label}: ${name} must be a finite number`, value);
}

export function checkPositive(label: string, name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) throw invalid(`${label}: ${name} must be greater than 0`, value);
}

export function checkOptions(label: string, options: readonly unknown[]): void {
  if (!Array.isArray(options) || options.length === 0) {
    throw invalid(`${label}: options must be an array with at least one option`, options);
  }
}

export function checkProbabilities(label: string, probabilities: readonly number[]): void {
  for (const probability of probabilities) {
    if (probability >= 0 && probability <= 1) continue;
    throw invalid(`${label}: each probability must be 0..1`, probability);
  }
  const sum = probabilities.reduce((total, probability) => total + probability, 0);
  if (Math.abs(sum - 1) > PROBABILITY_TOLERANCE) throw invalid(`${label}: probabilities must sum to 1`, sum);
}

function invalid(rule: string, got: unknown): AppError {
  const shown = typeof got === "string" ? got : (JSON.stringify(got) ?? String(got));
  return new AppError("INVALID_PARAMETER_VALUE", `${rule}, got ${shown}`);
}
