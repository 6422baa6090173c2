import { AppError, ERROR_CODES, type ErrorCode } from "@flightdeck/core";
import { z } from "zod";

/**
 * The HTTP status of each error code. Clients derive the status from the code, so a mismatch leads to wrong retries.
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

/** The body of every error response. */
export const errorSchema = z.object({
  error_code: z.string(),
  message: z.string().default(""),
  details: z.record(z.string(), z.unknown()).optional(),
});
/** The body of every error response: one of MLflow's error codes and a message. */
export type ErrorWire = z.infer<typeof errorSchema>;

/** Converts an error to its response body, without stack and cause. */
export function errorToWire(error: AppError): ErrorWire {
  const wire: ErrorWire = { error_code: error.code, message: error.message };
  return error.details === undefined ? wire : { ...wire, details: { ...error.details } };
}

/** Parses an error body. For any other body, the code is derived from the HTTP status, which the message contains. */
export function errorFromWire(status: number, body: unknown): AppError {
  const parsed = errorSchema.safeParse(body);
  if (!parsed.success) return new AppError(codeForStatus(status), `the server answered HTTP ${status}`);
  const { error_code: code, message, details } = parsed.data;
  if (!isErrorCode(code)) return new AppError(codeForStatus(status), `${code}: ${message}`);
  return new AppError(code, message, details === undefined ? {} : { details });
}

function isErrorCode(code: string): code is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(code); // Widened, since `includes` otherwise accepts only members.
}

/** The closest code for a response without one, for example from a proxy. */
function codeForStatus(status: number): ErrorCode {
  if (status === 401) return "UNAUTHENTICATED";
  if (status === 403) return "PERMISSION_DENIED";
  if (status === 404) return "ENDPOINT_NOT_FOUND";
  if (status === 429) return "REQUEST_LIMIT_EXCEEDED";
  if (status === 503) return "TEMPORARILY_UNAVAILABLE";
  return status >= 400 && status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR";
}
