/**
 * MLflow's and Databricks' error codes, which clients match on. Source: `ErrorCode` in MLflow's databricks.proto and
 * the Databricks REST reference.
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

/** One of `ERROR_CODES`. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Further fields of an error. */
export type AppErrorOptions = {
  readonly cause?: unknown;
  /** Machine-readable details, for example the offending field. Sent to the client. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
};

/**
 * The only class for errors that a caller can cause or fix. The message says what was wrong, what was received and what
 * is allowed; it is shown to users unchanged.
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

/**
 * Creates the error for an invalid value. The message says what was wrong, what was received and what is allowed.
 *
 * @example
 * ```ts
 * if (count < 1) throw invalid(`count must be at least 1, got ${count}`);
 * ```
 */
export function invalid(message: string, options?: AppErrorOptions): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message, options);
}

/** Whether a thrown value is an `AppError`, optionally with a given code. */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The message of any thrown value, in one line without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of an error of Node.js or a database driver, such as `ENOENT`; undefined for anything without one. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** Thrown when an invariant of our own code is violated. Only a bug can cause it, so it is not an `AppError`. */
class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Throws unless the condition holds, which only a bug can violate. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Marks a branch that the types exclude; does not compile if a case is missing. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable value: ${String(value)}`);
}
