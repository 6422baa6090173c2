import { type WebhookEvent, webhookEventToWire } from "./webhook-event.ts";
import { type WebhookStatus } from "./webhook.ts";

/** What `createWebhook` takes. */
export type CreateWebhookInput = {
  /** Letters, digits, dots, underscores and hyphens; up to 63. */
  readonly name: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description?: string | undefined;
  /** What deliveries are signed with. The server never gives it back. */
  readonly secret?: string | undefined;
  /** Default ACTIVE. */
  readonly status?: WebhookStatus | undefined;
};

/** What is absent stays as it is. */
export type UpdateWebhookInput = Partial<CreateWebhookInput> & { readonly webhookId: string };

/** What `listWebhooks` takes. */
export type ListWebhooksInput = {
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
};

/** The request of `createWebhook` as it travels. */
export function createWebhookToWire({ events, ...fields }: CreateWebhookInput) {
  return { ...fields, events: events.map(webhookEventToWire) };
}

/** The request of `updateWebhook` as it travels. */
export function updateWebhookToWire({ webhookId, events, ...fields }: UpdateWebhookInput) {
  return {
    ...fields,
    webhook_id: webhookId,
    ...(events !== undefined && { events: events.map(webhookEventToWire) }),
  };
}
