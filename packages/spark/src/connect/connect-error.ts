import { AppError, type ErrorCode, messageOf } from "@flightdeck/core";
import { Code, ConnectError } from "@connectrpc/connect";

const CODES: Readonly<Partial<Record<Code, ErrorCode>>> = {
  [Code.Canceled]: "CANCELLED",
  [Code.Unauthenticated]: "UNAUTHENTICATED",
  [Code.PermissionDenied]: "PERMISSION_DENIED",
  [Code.Unimplemented]: "NOT_IMPLEMENTED",
  [Code.NotFound]: "RESOURCE_DOES_NOT_EXIST",
  [Code.InvalidArgument]: "INVALID_PARAMETER_VALUE",
  [Code.DeadlineExceeded]: "DEADLINE_EXCEEDED",
  [Code.Unavailable]: "TEMPORARILY_UNAVAILABLE",
  [Code.ResourceExhausted]: "RESOURCE_EXHAUSTED",
};
/** A Java exception's message can contain an entire query plan. */
const MESSAGE_CHARS_MAX = 2_000;

/** Converts the error of a failed call to a Connect server; the message names the server. */
export function fromConnect(error: unknown, shown: string): AppError {
  if (error instanceof AppError) return error;
  const { code, rawMessage } = ConnectError.from(error);
  const sparkClass = sparkClassOf(error);
  const system = systemCodeOf(error);
  if (system !== undefined) {
    const message = `no Spark Connect server answers at ${shown}: ${SYSTEM_CODES[system]}`;
    return new AppError("TEMPORARILY_UNAVAILABLE", message, { cause: error });
  }
  const text = `${shown}: ${rawMessage.slice(0, MESSAGE_CHARS_MAX)}`;
  const details = sparkClass === undefined ? {} : { sparkClass };
  return new AppError(CODES[code] ?? "INTERNAL_ERROR", text, { cause: error, details });
}

const SYSTEM_CODES = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
} as const;

/** The operating system's code for why the connection failed. */
function systemCodeOf(error: unknown): keyof typeof SYSTEM_CODES | undefined {
  const text = describe(error);
  // The keys of a constant.
  return (Object.keys(SYSTEM_CODES) as (keyof typeof SYSTEM_CODES)[]).find((code) => text.includes(code));
}

/** Whether the connection failed rather than the request itself. Such a request can be retried. */
export function isConnectionLost(error: unknown): boolean {
  if (sparkClassOf(error) !== undefined) return false;
  const { code } = ConnectError.from(error);
  // Node's errors for broken connections arrive as Unknown, Internal or Aborted, always with a cause.
  const isBroken =
    /ECONNRESET|ECONNREFUSED|EPIPE|socket hang up|ERR_HTTP2|ERR_STREAM|stream (?:was )?(?:closed|ended)|missing trailer|protocol error/i;
  // A stream that the other side closes also reports Canceled. Callers that cancelled on purpose check their signal
  // first.
  return code === Code.Unavailable || code === Code.Canceled || isBroken.test(describe(error));
}

function describe(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return `${messageOf(error)} ${code}`;
}

/** Spark's error class, such as `INVALID_HANDLE.SESSION_NOT_FOUND`. */
export function sparkClassOf(error: unknown): string | undefined {
  return /\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]/.exec(messageOf(error))?.[1];
}
