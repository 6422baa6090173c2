import {
  type CreateWebhookInput,
  createWebhookToWire,
  endpoints,
  type ListWebhooksInput,
  type Page,
  type UpdateWebhookInput,
  updateWebhookToWire,
  type Webhook,
  type WebhookEvent,
  webhookEventToWire,
  webhookFromWire,
  type WebhookTestResult,
  webhookTestResultFromWire,
} from "@flightdeck/protocol";
import { allItems, toPage } from "./page.ts";
import type { CallOptions, RestClient } from "./rest-client.ts";

/** Calls for webhooks. */
export type WebhookCalls = {
  /** Throws `INVALID_PARAMETER_VALUE` for a URL that the server refuses to send to. */
  createWebhook(input: CreateWebhookInput, options?: CallOptions): Promise<Webhook>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getWebhook(webhookId: string, options?: CallOptions): Promise<Webhook>;

  /** One page, newest first. */
  listWebhooks(input?: ListWebhooksInput, options?: CallOptions): Promise<Page<Webhook>>;

  /** All pages, fetched as they are needed. */
  listWebhooksAll(options?: CallOptions): AsyncGenerator<Webhook, void, undefined>;

  updateWebhook(input: UpdateWebhookInput, options?: CallOptions): Promise<Webhook>;

  deleteWebhook(webhookId: string, options?: CallOptions): Promise<void>;

  /** Makes the server send a sample event, by default the webhook's first, and returns the result. */
  testWebhook(webhookId: string, event?: WebhookEvent, options?: CallOptions): Promise<WebhookTestResult>;
};

/** The calls, sent through `rest`. */
export function webhookCalls(rest: RestClient): WebhookCalls {
  const calls: WebhookCalls = {
    async createWebhook(input, options) {
      return webhookFromWire(
        (await rest.call(endpoints.createWebhook, createWebhookToWire(input), options)).webhook,
      );
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
      return webhookFromWire(
        (await rest.call(endpoints.updateWebhook, updateWebhookToWire(input), options)).webhook,
      );
    },

    async deleteWebhook(webhookId, options) {
      await rest.call(endpoints.deleteWebhook, { webhook_id: webhookId }, options);
    },

    async testWebhook(webhookId, event, options) {
      const request = {
        webhook_id: webhookId,
        event: event === undefined ? undefined : webhookEventToWire(event),
      };
      return webhookTestResultFromWire((await rest.call(endpoints.testWebhook, request, options)).result);
    },
  };
  return calls;
}
