import { AppError, ERROR_CODES, type ErrorCode } from "@flightdeck/core";
import { z } from "zod";

/**
 * HTTP status for each code. Clients rebuild the status from the code, so a wrong pair is retried or misread.
 * Source: MLflow's `ERROR_CODE_TO_HTTP_STATUS` and the Databricks REST reference, measured with stock clients.
 */
export const ERROR_STATUS: Readonly<Record<ErrorCode, number>> = {
  INTERNAL_ERROR: 500,
  TEMPORARILY_UNAVAILABLE: 503,
  IO_ERROR: 500,
  BAD_REQUEST: 400,
  INVALID_PARAMETER_VALUE: 400,
  MALFORMED_REQUEST: 400,
  ENDPOINT_NOT_FOUND: 404,
  INVALID_STATE: 500,
  PERMISSION_DENIED: 403,
  FEATURE_DISABLED: 404,
  UNAUTHENTICATED: 401,
  CUSTOMER_UNAUTHORIZED: 401,
  REQUEST_LIMIT_EXCEEDED: 429,
  RESOURCE_EXHAUSTED: 429,
  RESOURCE_CONFLICT: 409,
  RESOURCE_ALREADY_EXISTS: 400,
  RESOURCE_DOES_NOT_EXIST: 404,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  CANCELLED: 499,
  QUOTA_EXCEEDED: 403,
  MAX_BLOCK_SIZE_EXCEEDED: 413,
  NOT_IMPLEMENTED: 501,
  DEADLINE_EXCEEDED: 504,
};

/** The body of every answer that is not a success. */
export const errorSchema = z.object({
  error_code: z.string(),
  message: z.string().default(""),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type ErrorWire = z.infer<typeof errorSchema>;

export function errorToWire(error: AppError): ErrorWire {
  const wire: ErrorWire = { error_code: error.code, message: error.message };
  return error.details === undefined ? wire : { ...wire, details: { ...error.details } };
}

/** Reads an error body; anything that is not one becomes `INTERNAL_ERROR` with the status in its message. */
export function errorFromWire(status: number, body: unknown): AppError {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return new AppError(codeForStatus(status), `the server answered HTTP ${status}`);
  const { error_code: code, message, details } = parsed.data;
  if (!isErrorCode(code)) return new AppError(codeForStatus(status), `${code}: ${message}`);
  return new AppError(code, message, details === undefined ? {} : { details });
}

function isErrorCode(code: string): code is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(code); // Widened: `includes` takes only members otherwise.
}

/** The nearest code for an answer without one, from a proxy say. */
function codeForStatus(status: number): ErrorCode {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "PERMISSION_DENIED";
  if (status === 404) return "ENDPOINT_NOT_FOUND";
  if (status === 429) return "REQUEST_LIMIT_EXCEEDED";
  if (status === 503) return "TEMPORARILY_UNAVAILABLE";
  return status >= 400 && status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR";
}
