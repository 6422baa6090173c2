/**
 * MLflow's and Databricks' error codes, as clients match on them.
 * Source: `ErrorCode` of MLflow's databricks.proto and the Databricks REST reference.
 */
export const ERROR_CODES = [
  "INTERNAL_ERROR",
  "TEMPORARILY_UNAVAILABLE",
  "IO_ERROR",
  "BAD_REQUEST",
  "INVALID_PARAMETER_VALUE",
  "MALFORMED_REQUEST",
  "ENDPOINT_NOT_FOUND",
  "INVALID_STATE",
  "PERMISSION_DENIED",
  "FEATURE_DISABLED",
  "UNAUTHENTICATED",
  "CUSTOMER_UNAUTHORIZED",
  "REQUEST_LIMIT_EXCEEDED",
  "RESOURCE_EXHAUSTED",
  "RESOURCE_CONFLICT",
  "RESOURCE_ALREADY_EXISTS",
  "RESOURCE_DOES_NOT_EXIST",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "ABORTED",
  "CANCELLED",
  "QUOTA_EXCEEDED",
  "MAX_BLOCK_SIZE_EXCEEDED",
  "NOT_IMPLEMENTED",
  "DEADLINE_EXCEEDED",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export type AppErrorOptions = {
  readonly cause?: unknown;
  /** Machine-readable facts beside the message, for example the offending field. Sent to the client. */
  readonly details?: Readonly<Record<string, unknown>>;
};

/**
 * The one error class for what a caller can cause or cure. The message says what was wrong, what was got and what is
 * allowed; it is shown to people as it is.
 *
 * @example
 * ```ts
 * throw new AppError("INVALID_PARAMETER_VALUE", "max_results must be 1..50000, got 0");
 * ```
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }
}

/** Narrows an unknown thrown value to an `AppError`, optionally of one code. */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown, in one line without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
