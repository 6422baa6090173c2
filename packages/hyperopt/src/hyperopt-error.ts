import { AppError, type AppErrorOptions } from "@flightdeck/core";

/** hyperopt's exceptions, as they appear in messages and in `details.exception` of an `AppError`. */
export type HyperoptErrorName =
  | "AllTrialsFailed"
  | "BadSearchSpace"
  | "DuplicateLabel"
  | "InvalidLoss"
  | "InvalidResultStatus"
  | "InvalidTrial";

/**
 * Creates an `AppError` for one of hyperopt's exceptions. The message starts with the exception's name, and programs can match
 * on `details.exception`.
 */
export function hyperoptError(
  name: HyperoptErrorName,
  message: string,
  options: AppErrorOptions = {},
): AppError {
  const details = { ...options.details, exception: name };
  const code = name === "AllTrialsFailed" ? "INVALID_STATE" : "INVALID_PARAMETER_VALUE";
  return new AppError(code, `${name}: ${message}`, { ...options, details });
}
