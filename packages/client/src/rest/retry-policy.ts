import type { Random } from "@flightdeck/core";
import type { Endpoint } from "@flightdeck/protocol";

/** How often and how long a call is tried again. */
export type RetryPolicy = {
  /** Tries in all, the first included; 1 turns retries off. */
  readonly attemptsMax: number;
  /** The upper bound of the first pause; it doubles with each. */
  readonly delayBaseMs: number;
  readonly delayMaxMs: number;
  /** A longer `Retry-After` is cut to this. */
  readonly retryAfterMaxMs: number;
};

/** Six pauses of at most 0.2, 0.4, … 6.4 s: outlasts a server's restart, and gives up within 13 s. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attemptsMax: 7,
  delayBaseMs: 200,
  delayMaxMs: 10_000,
  retryAfterMaxMs: 60_000,
};

/** Why a try failed, as far as trying again depends on it. */
export type Failure = {
  /** The HTTP status, or undefined when there was no answer. */
  readonly status?: number;
  /** The request cannot have been carried out: no connection came about. */
  readonly unsent?: boolean;
};

/** The server did not begin: 429 and 503 are said before any work is done. */
const REFUSED_STATUSES: ReadonlySet<number> = new Set([429, 503]);
/** The server may have done the work before it failed. */
const DOUBTFUL_STATUSES: ReadonlySet<number> = new Set([408, 500, 502, 504]);

/** Whether the same call may be made again after this failure. */
export function mayRetry(endpoint: Endpoint, failure: Failure): boolean {
  if (failure.unsent === true) return true;
  if (failure.status !== undefined && REFUSED_STATUSES.has(failure.status)) return true;
  if (failure.status !== undefined && !DOUBTFUL_STATUSES.has(failure.status)) return false;
  return endpoint.methods[0] === "GET" || endpoint.isIdempotent === true;
}

/** The pause before try `attempt + 1` (from 1): the server's `Retry-After`, else exponential with full jitter. */
export function retryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  retryAfterMs: number | undefined,
  random: Random,
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, policy.retryAfterMaxMs);
  const ceiling = Math.min(policy.delayBaseMs * 2 ** (attempt - 1), policy.delayMaxMs);
  return ceiling * random.nextFloat();
}

/** Reads `Retry-After`, seconds or an HTTP date (RFC 9110, 10.2.3); undefined when absent or neither. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
