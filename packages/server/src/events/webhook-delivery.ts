import { AppError, Random, sleep } from "@flightdeck/core";
import { type WebhookEvent, webhookEventParts } from "@flightdeck/protocol";
import { createHmac, randomUUID } from "node:crypto";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupFunction } from "node:net";
import { type ResolvedUrl, resolveWebhookUrl, type WebhookPolicy } from "./webhook-url.ts";

/** The timeout of one attempt and the number of retries, as in MLflow. */
const TIMEOUT_MS = 30_000;
const RETRIES_MAX = 3;
/** The wait before the first retry; it doubles for each one after. */
const BACKOFF_MS = 1000;
/** The longest wait that a receiver may ask for. */
const WAIT_MS_MAX = 60_000;
/** How much of a receiver's answer is kept, to show to whoever tests a webhook. */
const ANSWER_BYTES_MAX = 65_536;

export type Sending = {
  readonly url: string;
  readonly request: DeliveryRequest;
  readonly policy: WebhookPolicy;
  /** Aborts the attempt in progress. */
  readonly signal: AbortSignal;
  /** Ends the wait between attempts. */
  readonly noRetry: AbortSignal;
};

/** One attempt, which resolves and checks the host again. */
export async function sendOnce({
  url,
  request,
  policy,
  signal,
}: Omit<Sending, "noRetry">): Promise<PostAnswer> {
  const to = await resolveWebhookUrl(url, policy);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  return await postPinned({ to, ...request, signal: AbortSignal.any([signal, timeout]) });
}

/** Retries failures that may be temporary, with growing waits. Throws the last error when there was no answer. */
export async function sendWithRetries(sending: Sending): Promise<PostAnswer> {
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt === RETRIES_MAX;
    const outcome = await sendOnce(sending).catch((error: unknown) => ({ error }));
    if ("error" in outcome) {
      if (isLast || sending.noRetry.aborted) throw outcome.error;
    } else if (isLast || !RETRIED_STATUSES.has(outcome.status)) {
      return outcome;
    }
    await sleep(waitMs(attempt, "error" in outcome ? undefined : outcome.retryAfter), sending.noRetry);
  }
}

/** As in MLflow: overload, and failures behind the receiver. */
const RETRIED_STATUSES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

const jitter = new Random(Date.now());

/** 1, 2, 4 s, or as the receiver asks, plus up to a second, so that retries do not arrive all at once. */
function waitMs(attempt: number, retryAfter: string | undefined): number {
  const asked = Number(retryAfter) * 1000;
  const wait = Number.isFinite(asked) && asked >= 0 ? asked : BACKOFF_MS * 2 ** attempt;
  return Math.min(wait + jitter.nextFloat() * Math.min(wait, 1000), WAIT_MS_MAX);
}

export type DeliveryRequest = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/**
 * The request for one event and one webhook, in MLflow's format with MLflow's header names. It is the same for every attempt,
 * so that receivers recognize retries by the delivery id. The signature covers `<id>.<timestamp>.<body>`
 * (https://www.standardwebhooks.com).
 */
export function deliveryRequest(input: {
  readonly event: WebhookEvent;
  readonly data: unknown;
  readonly nowMs: number;
  readonly secret?: string | undefined;
}): DeliveryRequest {
  const { event, data, nowMs, secret } = input;
  // Python before 3.11 cannot parse "Z".
  const timestamp = new Date(nowMs).toISOString().replace("Z", "+00:00");
  const body = JSON.stringify({ ...webhookEventParts(event), timestamp, data });
  const id = randomUUID();
  const seconds = String(Math.floor(nowMs / 1000));
  return {
    body,
    headers: {
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(body)),
      "X-MLflow-Delivery-Id": id,
      "X-MLflow-Timestamp": seconds,
      ...(secret !== undefined && { "X-MLflow-Signature": signature(secret, `${id}.${seconds}.${body}`) }),
    },
  };
}

function signature(secret: string, signed: string): string {
  return `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`;
}

export type Post = {
  readonly to: ResolvedUrl;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
};

export type PostAnswer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Its beginning, up to `ANSWER_BYTES_MAX`. */
  readonly body: string;
};

/**
 * Sends a body to the addresses that were checked, and to no others: it follows no redirects, uses no proxy and shares no
 * connection with other requests.
 */
export function postPinned({ to, headers, body, signal }: Post): Promise<PostAnswer> {
  const send = to.url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers, signal, agent: false, lookup: pinnedLookup(to) } as const;
    const request = send(to.url, options, (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function pinnedLookup({ addresses }: ResolvedUrl): LookupFunction {
  return (_hostname, { all }, done) => {
    const [first] = addresses;
    if (first === undefined) return done(new AppError("NOT_FOUND", "the host has no address"), "");
    return all === true ? done(null, [...addresses]) : done(null, first.address, first.family);
  };
}

async function readAnswer(response: IncomingMessage): Promise<PostAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= ANSWER_BYTES_MAX) break; // Leaving the loop closes the connection.
  }
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers["retry-after"],
    body: Buffer.concat(chunks).subarray(0, ANSWER_BYTES_MAX).toString(),
  };
}
