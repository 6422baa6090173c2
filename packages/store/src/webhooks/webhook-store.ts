import type { Webhook, WebhookEvent, WebhookStatus } from "@flightdeck/protocol";
import type { Page } from "../search/page.ts";

export type CreateWebhookInput = {
  readonly name: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description?: string | undefined;
  /** The secret as its caller has sealed it; the store keeps it as it is. */
  readonly sealedSecret?: string | undefined;
  readonly status?: WebhookStatus | undefined;
};

/** What is absent stays as it is. */
export type UpdateWebhookInput = Partial<CreateWebhookInput> & { readonly webhookId: string };

/** What a delivery needs. */
export type WebhookTarget = {
  readonly webhookId: string;
  readonly url: string;
  readonly sealedSecret?: string | undefined;
};

/**
 * Who is told of what happens in the registry. The same promises as `TrackingStore`. An absent webhook throws
 * `RESOURCE_DOES_NOT_EXIST`. URLs are checked by whoever sends to them.
 */
export interface WebhookStore {
  createWebhook(input: CreateWebhookInput): Promise<Webhook>;
  getWebhook(webhookId: string): Promise<Webhook>;
  /** Newest first. */
  listWebhooks(input: {
    readonly maxResults?: number | undefined;
    readonly pageToken?: string | undefined;
  }): Promise<Page<Webhook>>;
  updateWebhook(input: UpdateWebhookInput): Promise<Webhook>;
  deleteWebhook(webhookId: string): Promise<void>;
  getWebhookTarget(webhookId: string): Promise<WebhookTarget>;
  /** The active webhooks that are to be told of an event. */
  listWebhookTargets(event: WebhookEvent): Promise<readonly WebhookTarget[]>;
}
