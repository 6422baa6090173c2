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
import { RegistryCalls } from "./registry-calls.ts";
import type { CallOptions } from "./rest-client.ts";

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
export class WebhookCalls extends RegistryCalls {
  /** An address that the server does not send to throws `INVALID_PARAMETER_VALUE`. */
  async createWebhook(input: CreateWebhookInput, options?: CallOptions): Promise<Webhook> {
    const { events, ...rest } = input;
    const request = { ...rest, events: events.map(webhookEventToWire) };
    return webhookFromWire((await this.call(endpoints.createWebhook, request, options)).webhook);
  }

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  async getWebhook(webhookId: string, options?: CallOptions): Promise<Webhook> {
    const request = { webhook_id: webhookId };
    return webhookFromWire((await this.call(endpoints.getWebhook, request, options)).webhook);
  }

  /** One page, newest first. */
  async listWebhooks(input: ListWebhooksInput = {}, options?: CallOptions): Promise<Page<Webhook>> {
    const request = { max_results: input.maxResults, page_token: input.pageToken };
    const answer = await this.call(endpoints.listWebhooks, request, options);
    return toPage(answer.webhooks.map(webhookFromWire), answer.next_page_token);
  }

  /** All pages, fetched as they are needed. */
  listWebhooksAll(options?: CallOptions): AsyncGenerator<Webhook, void, undefined> {
    return allItems((pageToken) => this.listWebhooks({ pageToken }, options));
  }

  async updateWebhook(input: UpdateWebhookInput, options?: CallOptions): Promise<Webhook> {
    const { webhookId, events, ...rest } = input;
    const request = {
      ...rest,
      webhook_id: webhookId,
      ...(events !== undefined && { events: events.map(webhookEventToWire) }),
    };
    return webhookFromWire((await this.call(endpoints.updateWebhook, request, options)).webhook);
  }

  async deleteWebhook(webhookId: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteWebhook, { webhook_id: webhookId }, options);
  }

  /** Has the server send an example of an event, by default the webhook's first, and tells what came of it. */
  async testWebhook(
    webhookId: string,
    event?: WebhookEvent,
    options?: CallOptions,
  ): Promise<WebhookTestResult> {
    const request = {
      webhook_id: webhookId,
      ...(event !== undefined && { event: webhookEventToWire(event) }),
    };
    return webhookTestResultFromWire((await this.call(endpoints.testWebhook, request, options)).result);
  }
}
