import { Random, sleep } from "@flightdeck/core";
import type { Endpoint } from "@flightdeck/protocol";

/** How often and for how long a call is retried. */
export type RetryPolicy = {
  /** Attempts in total, including the first; 1 disables retries. */
  readonly attemptsMax: number;
  /** The upper bound of the first pause; it doubles with each attempt. */
  readonly delayBaseMs: number;
  readonly delayMaxMs: number;
  /** A longer `Retry-After` is reduced to this. */
  readonly retryAfterMaxMs: number;
};

/** Six pauses of at most 0.2, 0.4, … 6.4 s: enough to outlast a server restart; gives up within 13 s. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attemptsMax: 7,
  delayBaseMs: 200,
  delayMaxMs: 10_000,
  retryAfterMaxMs: 60_000,
};

/** The facts about a failed attempt that decide whether to retry. */
export type Failure = {
  /** The HTTP status, or undefined if there was no response. */
  readonly status?: number | undefined;
  /** No connection was established, so the request cannot have been carried out. */
  readonly unsent?: boolean | undefined;
};

/** The server did not start: it sends 429 and 503 before doing any work. */
const REFUSED_STATUSES: ReadonlySet<number> = new Set([429, 503]);

/** The server may have done the work before it failed. */
const DOUBTFUL_STATUSES: ReadonlySet<number> = new Set([408, 500, 502, 504]);

/** Statuses for which repeating a read may succeed. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([...REFUSED_STATUSES, ...DOUBTFUL_STATUSES]);

const READS: ReadonlySet<string> = new Set(["GET"]);

/** Whether the call may be repeated after this failure. */
export function mayRetry(endpoint: Endpoint, failure: Failure): boolean {
  if (failure.unsent === true) return true;
  if (failure.status !== undefined && REFUSED_STATUSES.has(failure.status)) return true;
  if (failure.status !== undefined && !DOUBTFUL_STATUSES.has(failure.status)) return false;
  return endpoint.methods[0] === "GET" || endpoint.isIdempotent === true;
}

/**
 * The pause after attempt number `attempt` (from 1): the server's `Retry-After`, otherwise exponential with full
 * jitter.
 */
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

/** Parses `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3). Undefined if absent or invalid. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

/**
 * A `fetch` that repeats reads (GET without a body) after a lost connection or a temporary server error. Writes are
 * sent once, since their body is a stream and cannot be sent again. `methods` lists the methods to repeat.
 */
export function retryingFetch(
  fetch: typeof globalThis.fetch = globalThis.fetch,
  policy: RetryPolicy = DEFAULT_RETRY_POLICY,
  methods: ReadonlySet<string> = READS,
): typeof globalThis.fetch {
  const random = new Random(Date.now());
  return async (input, init) => {
    if (!methods.has(init?.method ?? "GET")) return await fetch(input, init);
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= policy.attemptsMax;
      const response = await fetchOnce(fetch, { input, init, isLast });
      if (response !== undefined && (isLast || !PASSING_STATUSES.has(response.status))) return response;
      await response?.body?.cancel();
      const retryAfterMs = parseRetryAfter(response?.headers.get("Retry-After") ?? null, Date.now());
      await sleep(retryDelayMs(policy, attempt, retryAfterMs, random), init?.signal ?? undefined);
    }
  };
}

type Try = {
  readonly input: Parameters<typeof fetch>[0];
  readonly init: RequestInit | undefined;
  readonly isLast: boolean;
};

/** Undefined if there was no response and another attempt is allowed. */
async function fetchOnce(
  fetch: typeof globalThis.fetch,
  { input, init, isLast }: Try,
): Promise<Response | undefined> {
  try {
    return await fetch(input, init);
  } catch (error) {
    if (isLast || init?.signal?.aborted === true) throw error;
    return undefined;
  }
}
