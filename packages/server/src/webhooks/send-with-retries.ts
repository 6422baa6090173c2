import { Random, sleep } from "@flightdeck/core";
import { BOUNDS } from "../bounds.ts";
import type { DeliveryRequest } from "./delivery-request.ts";
import { type PostAnswer, postPinned } from "./post-pinned.ts";
import type { WebhookPolicy } from "./webhook-policy.ts";
import { resolveWebhookUrl } from "./webhook-url.ts";

export type Sending = {
  readonly url: string;
  readonly request: DeliveryRequest;
  readonly policy: WebhookPolicy;
  /** Ends the attempt under way. */
  readonly signal: AbortSignal;
  /** Ends the waiting between attempts. */
  readonly noRetry: AbortSignal;
};

/** One attempt: the host is looked up and checked anew each time. */
export async function sendOnce({
  url,
  request,
  policy,
  signal,
}: Omit<Sending, "noRetry">): Promise<PostAnswer> {
  const to = await resolveWebhookUrl(url, policy);
  const timeout = AbortSignal.timeout(BOUNDS.webhookTimeoutMs);
  return postPinned({ to, ...request, signal: AbortSignal.any([signal, timeout]) });
}

/** Repeats what may succeed later, with growing waits. Throws what the last attempt ended with, if it got no answer. */
export async function sendWithRetries(sending: Sending): Promise<PostAnswer> {
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt === BOUNDS.webhookRetriesMax;
    const outcome = await sendOnce(sending).catch((error: unknown) => ({ error }));
    if ("error" in outcome) {
      if (isLast || sending.noRetry.aborted) throw outcome.error;
    } else if (isLast || !RETRIED_STATUSES.has(outcome.status)) {
      return outcome;
    }
    await sleep(waitMs(attempt, "error" in outcome ? undefined : outcome.retryAfter), sending.noRetry);
  }
}

/** MLflow's list: overload, and failures behind the receiver. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

const jitter = new Random(Date.now());

/** 1, 2, 4 s or as asked, and up to a second more, so that what failed together does not come back together. */
function waitMs(attempt: number, retryAfter: string | undefined): number {
  const asked = Number(retryAfter) * 1000;
  const wait = Number.isFinite(asked) && asked >= 0 ? asked : BOUNDS.webhookBackoffMs * 2 ** attempt;
  return Math.min(wait + jitter.nextFloat() * Math.min(wait, 1000), BOUNDS.webhookWaitMsMax);
}
