import type { Webhook, WebhookEvent, WebhookStatus } from "@flightdeck/protocol";
import type { Page } from "../search/page.ts";

/** Input of `createWebhook`. */
export type CreateWebhookInput = {
  readonly name: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description?: string | undefined;
  /** The secret, encrypted by the caller. The store does not read it. */
  readonly sealedSecret?: string | undefined;
  readonly status?: WebhookStatus | undefined;
};

/** Input of `updateWebhook`. Absent fields keep their value. */
export type UpdateWebhookInput = {
  readonly [TKey in keyof CreateWebhookInput]?: CreateWebhookInput[TKey] | undefined;
} & { readonly webhookId: string };

/** Where and how to deliver an event. */
export type WebhookTarget = {
  readonly webhookId: string;
  readonly url: string;
  readonly sealedSecret?: string | undefined;
};

/**
 * Webhooks for events of the model registry. Makes the same guarantees as `TrackingStore`. A missing webhook throws
 * `RESOURCE_DOES_NOT_EXIST`. The store does not check URLs; the sender does.
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
  /** The active webhooks that subscribe to an event. */
  listWebhookTargets(event: WebhookEvent): Promise<readonly WebhookTarget[]>;
}
