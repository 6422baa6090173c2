import { Random, sleep } from "@flightdeck/core";
import { DEFAULT_RETRY_POLICY, parseRetryAfter, retryDelayMs, type RetryPolicy } from "./retry-policy.ts";

/** Statuses after which reading again may help. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

const READS: ReadonlySet<string> = new Set(["GET"]);

/**
 * A `fetch` that repeats reads (GET without a body) after a lost connection or a passing failure of the server. Writes go
 * out once: their body is a stream, which cannot be sent again. `methods` says what else may be repeated.
 */
export function retryingFetch(
  fetch: typeof globalThis.fetch = globalThis.fetch,
  policy: RetryPolicy = DEFAULT_RETRY_POLICY,
  methods: ReadonlySet<string> = READS,
): typeof globalThis.fetch {
  const random = new Random(Date.now());
  return async (input, init) => {
    if (!methods.has(init?.method ?? "GET")) return fetch(input, init);
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

/** Undefined when there was no answer and another try is allowed. */
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
