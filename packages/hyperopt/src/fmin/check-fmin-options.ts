import { AppError } from "@flightdeck/core";
import type { FminOptions } from "./fmin-options.ts";

/** Throws INVALID_PARAMETER_VALUE for arguments that hyperopt refuses, and for a search that nothing would ever end. */
export function checkFminOptions<TSpace>(options: FminOptions<TSpace>): void {
  const { maxEvals, timeout, lossThreshold } = options;
  if (typeof options.fn !== "function") throw invalid("fn", "a function", options.fn);
  if (maxEvals !== undefined && maxEvals !== Number.POSITIVE_INFINITY) checkCount("maxEvals", maxEvals, 0);
  if (timeout !== undefined && !(timeout > 0)) throw invalid("timeout", "seconds greater than 0", timeout);
  if (lossThreshold !== undefined && (typeof lossThreshold !== "number" || Number.isNaN(lossThreshold))) {
    throw invalid("lossThreshold", "a number", lossThreshold);
  }
  if (options.seed !== undefined) checkCount("seed", options.seed, 0);
  if (options.maxQueueLen !== undefined) checkCount("maxQueueLen", options.maxQueueLen, 1);
  if (options.parallelism !== undefined) checkCount("parallelism", options.parallelism, 1);
  if (options.pointsToEvaluate !== undefined && options.trials !== undefined) {
    const remedy = "pass generateTrialsToCalculate(points) as trials";
    throw invalid("pointsToEvaluate", `absent when trials are given (${remedy})`, "both");
  }
  checkThatItEnds(options);
}

function checkThatItEnds<TSpace>(options: FminOptions<TSpace>): void {
  const { maxEvals, timeout, lossThreshold, earlyStopFn, signal } = options;
  const ends = [maxEvals, timeout, lossThreshold, earlyStopFn, signal];
  if (ends.some((end) => end !== undefined)) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    "one of maxEvals, timeout, lossThreshold, earlyStopFn and signal must be given, or the search would never end",
  );
}

function checkCount(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw invalid(name, `an integer of at least ${min}`, value);
}

function invalid(name: string, allowed: string, got: unknown): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${name} must be ${allowed}, got ${String(got)}`);
}
