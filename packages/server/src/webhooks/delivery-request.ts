import { type WebhookEvent, webhookEventParts } from "@flightdeck/protocol";
import { createHmac, randomUUID } from "node:crypto";

export type DeliveryRequest = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/**
 * One event as it is sent to one webhook, as MLflow sends it, names of headers included: the same for every attempt, so that a receiver tells
 * repetitions by the delivery's id. The signature is over `<id>.<timestamp>.<body>` (https://www.standardwebhooks.com).
 */
export function deliveryRequest(input: {
  readonly event: WebhookEvent;
  readonly data: unknown;
  readonly nowMs: number;
  readonly secret?: string | undefined;
}): DeliveryRequest {
  const { event, data, nowMs, secret } = input;
  // Python reads no "Z" before 3.11.
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
