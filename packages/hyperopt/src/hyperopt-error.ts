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
 * An `AppError` for one of hyperopt's exceptions: the message starts with the exception's name, and
 * `details.exception` carries the name for programs to match on.
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
