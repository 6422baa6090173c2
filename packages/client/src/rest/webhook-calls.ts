import {
  endpoints,
  type Webhook,
  type WebhookEvent,
  webhookEventToWire,
  webhookFromWire,
  type WebhookStatus,
  type WebhookTestResult,
  webhookTestResultFromWire,
} from "@flightdeck/protocol";
import { allItems, type Page, toPage } from "./page.ts";
import type { CallOptions, RestClient } from "./rest-client.ts";

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

export type ListWebhooksInput = {
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
};

/** The calls on webhooks. */
export type WebhookCalls = {
  /** An address that the server does not send to throws `INVALID_PARAMETER_VALUE`. */
  createWebhook(input: CreateWebhookInput, options?: CallOptions): Promise<Webhook>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getWebhook(webhookId: string, options?: CallOptions): Promise<Webhook>;

  /** One page, newest first. */
  listWebhooks(input?: ListWebhooksInput, options?: CallOptions): Promise<Page<Webhook>>;

  /** All pages, fetched as they are needed. */
  listWebhooksAll(options?: CallOptions): AsyncGenerator<Webhook, void, undefined>;

  updateWebhook(input: UpdateWebhookInput, options?: CallOptions): Promise<Webhook>;

  deleteWebhook(webhookId: string, options?: CallOptions): Promise<void>;

  /** Has the server send an example of an event, by default the webhook's first, and tells what came of it. */
  testWebhook(webhookId: string, event?: WebhookEvent, options?: CallOptions): Promise<WebhookTestResult>;
};

/** Sends these calls through `rest`. */
export function webhookCalls(rest: RestClient): WebhookCalls {
  const calls: WebhookCalls = {
    async createWebhook(input, options) {
      const { events, ...fields } = input;
      const request = { ...fields, events: events.map(webhookEventToWire) };
      return webhookFromWire((await rest.call(endpoints.createWebhook, request, options)).webhook);
    },

    async getWebhook(webhookId, options) {
      const request = { webhook_id: webhookId };
      return webhookFromWire((await rest.call(endpoints.getWebhook, request, options)).webhook);
    },

    async listWebhooks(input = {}, options) {
      const request = { max_results: input.maxResults, page_token: input.pageToken };
      const answer = await rest.call(endpoints.listWebhooks, request, options);
      return toPage(answer.webhooks.map(webhookFromWire), answer.next_page_token);
    },

    listWebhooksAll(options) {
      return allItems((pageToken) => calls.listWebhooks({ pageToken }, options));
    },

    async updateWebhook(input, options) {
      const { webhookId, events, ...fields } = input;
      const request = {
        ...fields,
        webhook_id: webhookId,
        ...(events !== undefined && { events: events.map(webhookEventToWire) }),
      };
      return webhookFromWire((await rest.call(endpoints.updateWebhook, request, options)).webhook);
    },

    async deleteWebhook(webhookId, options) {
      await rest.call(endpoints.deleteWebhook, { webhook_id: webhookId }, options);
    },

    async testWebhook(webhookId, event, options) {
      const request = {
        webhook_id: webhookId,
        ...(event !== undefined && { event: webhookEventToWire(event) }),
      };
      return webhookTestResultFromWire((await rest.call(endpoints.testWebhook, request, options)).result);
    },
  };
  return calls;
}
