import {
  checkBounds,
  checkFinite,
  checkIntegerBounds,
  checkLabel,
  checkLogBounds,
  checkOptions,
  checkPositive,
  checkProbabilities,
} from "./check-arguments.ts";
import { hpChoice, hpNumber, type HpChoice, type HpNumber } from "./nodes.ts";

// The functions and their argument order are hyperopt's. Invalid arguments throw INVALID_PARAMETER_VALUE.

/** One of the options, each equally likely. Options may hold hyperparameters, which are active only when chosen. */
export function choice<const TOptions extends readonly unknown[]>(
  label: string,
  options: TOptions,
): HpChoice<TOptions> {
  checkLabel(label);
  checkOptions(label, options);
  const probabilities = options.map(() => 1 / options.length);
  return hpChoice(label, { family: "categorical", probabilities }, options);
}

/** One of the options, each with its prior probability. `options` is a list of `[probability, option]`. */
export function pchoice<const TPairs extends readonly (readonly [number, unknown])[]>(
  label: string,
  options: TPairs,
): HpChoice<readonly TPairs[number][1][]> {
  checkLabel(label);
  checkOptions(label, options);
  const probabilities = options.map(([probability]) => probability);
  checkProbabilities(label, probabilities);
  const values: readonly TPairs[number][1][] = options.map(([, option]) => option);
  return hpChoice(label, { family: "categorical", probabilities }, values);
}

/** A uniform integer: `randint(label, upper)` in [0, upper), `randint(label, low, high)` in [low, high). */
export function randint(label: string, ...bounds: [upper: number] | [low: number, high: number]): HpNumber {
  checkLabel(label);
  const [low, high] = bounds.length === 1 ? [0, bounds[0]] : bounds;
  checkIntegerBounds(label, low, high);
  return hpNumber(label, { family: "randint", low, high });
}

/** A uniform number in [low, high). */
export function uniform(label: string, low: number, high: number): HpNumber {
  checkLabel(label);
  checkBounds(label, low, high);
  return hpNumber(label, { family: "uniform", low, high, log: false, q: undefined });
}

/** `round(uniform(low, high) / q) * q`: the end points have half the weight, and the last multiple may exceed `high`. */
export function quniform(label: string, low: number, high: number, q: number): HpNumber {
  checkLabel(label);
  checkBounds(label, low, high);
  checkPositive(label, "q", q);
  return hpNumber(label, { family: "uniform", low, high, log: false, q });
}

/** `quniform` with q = 1: an integer in [low, high]. */
export function uniformint(label: string, low: number, high: number): HpNumber {
  checkLabel(label);
  checkIntegerBounds(label, low, high);
  return quniform(label, low, high, 1);
}

/** `exp(uniform(low, high))`. Pass the natural logarithms of the smallest and the largest value. */
export function loguniform(label: string, low: number, high: number): HpNumber {
  checkLabel(label);
  checkLogBounds(label, low, high);
  return hpNumber(label, { family: "uniform", low, high, log: true, q: undefined });
}

/** `round(exp(uniform(low, high)) / q) * q`; may be 0. */
export function qloguniform(label: string, low: number, high: number, q: number): HpNumber {
  checkLabel(label);
  checkLogBounds(label, low, high);
  checkPositive(label, "q", q);
  return hpNumber(label, { family: "uniform", low, high, log: true, q });
}

/** A normal number with mean `mu` and standard deviation `sigma`; unbounded. */
export function normal(label: string, mu: number, sigma: number): HpNumber {
  checkNormal(label, mu, sigma);
  return hpNumber(label, { family: "normal", mu, sigma, log: false, q: undefined });
}

/** `round(normal(mu, sigma) / q) * q`. */
export function qnormal(label: string, mu: number, sigma: number, q: number): HpNumber {
  checkNormal(label, mu, sigma);
  checkPositive(label, "q", q);
  return hpNumber(label, { family: "normal", mu, sigma, log: false, q });
}

/** `exp(normal(mu, sigma))`: positive. */
export function lognormal(label: string, mu: number, sigma: number): HpNumber {
  checkNormal(label, mu, sigma);
  return hpNumber(label, { family: "normal", mu, sigma, log: true, q: undefined });
}

/** `round(exp(normal(mu, sigma)) / q) * q`: 0 or positive. */
export function qlognormal(label: string, mu: number, sigma: number, q: number): HpNumber {
  checkNormal(label, mu, sigma);
  checkPositive(label, "q", q);
  return hpNumber(label, { family: "normal", mu, sigma, log: true, q });
}

function checkNormal(label: string, mu: number, sigma: number): void {
  checkLabel(label);
  checkFinite(label, "mu", mu);
  checkPositive(label, "sigma", sigma);
}
