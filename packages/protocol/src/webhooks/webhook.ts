import { z } from "zod";
import { int64, repeated } from "../scalars.ts";
import {
  type WebhookEvent,
  webhookEventFromWire,
  webhookEventSchema,
  webhookEventToWire,
} from "./webhook-event.ts";

export const webhookStatusSchema = z.enum(["ACTIVE", "DISABLED"]);
/** A disabled webhook is kept and told nothing. */
export type WebhookStatus = z.infer<typeof webhookStatusSchema>;

/** Somebody's address that is told of what happens in the registry. Its secret is never read back. */
export type Webhook = {
  readonly webhookId: string;
  readonly name: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly WebhookEvent[];
  readonly status: WebhookStatus;
  readonly creationTimeMs: number;
  readonly lastUpdateTimeMs: number;
};

export const webhookSchema = z.object({
  webhook_id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  url: z.string(),
  events: repeated(webhookEventSchema),
  status: webhookStatusSchema.default("ACTIVE"),
  creation_timestamp: int64.default(0),
  last_updated_timestamp: int64.default(0),
});
export type WebhookWire = z.infer<typeof webhookSchema>;

export function webhookToWire(webhook: Webhook): WebhookWire {
  return {
    webhook_id: webhook.webhookId,
    name: webhook.name,
    ...(webhook.description !== "" && { description: webhook.description }),
    url: webhook.url,
    events: webhook.events.map(webhookEventToWire),
    status: webhook.status,
    creation_timestamp: webhook.creationTimeMs,
    last_updated_timestamp: webhook.lastUpdateTimeMs,
  };
}

export function webhookFromWire(wire: WebhookWire): Webhook {
  return {
    webhookId: wire.webhook_id,
    name: wire.name,
    description: wire.description ?? "",
    url: wire.url,
    events: wire.events.map(webhookEventFromWire),
    status: wire.status,
    creationTimeMs: wire.creation_timestamp,
    lastUpdateTimeMs: wire.last_updated_timestamp,
  };
}

/** What came of a test: the address' answer, or why there is none. */
export type WebhookTestResult = {
  readonly success: boolean;
  readonly responseStatus?: number;
  readonly responseBody?: string;
  readonly errorMessage?: string;
};

export const webhookTestResultSchema = z.object({
  success: z.boolean().default(false),
  response_status: int64.optional(),
  response_body: z.string().optional(),
  error_message: z.string().optional(),
});
export type WebhookTestResultWire = z.infer<typeof webhookTestResultSchema>;

export function webhookTestResultToWire(result: WebhookTestResult): WebhookTestResultWire {
  return {
    success: result.success,
    ...(result.responseStatus !== undefined && { response_status: result.responseStatus }),
    ...(result.responseBody !== undefined && { response_body: result.responseBody }),
    ...(result.errorMessage !== undefined && { error_message: result.errorMessage }),
  };
}

export function webhookTestResultFromWire(wire: WebhookTestResultWire): WebhookTestResult {
  return {
    success: wire.success,
    ...(wire.response_status !== undefined && { responseStatus: wire.response_status }),
    ...(wire.response_body !== undefined && { responseBody: wire.response_body }),
    ...(wire.error_message !== undefined && { errorMessage: wire.error_message }),
  };
}
