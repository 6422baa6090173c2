import type { Webhook, WebhookEvent } from "@flightdeck/protocol";
import type { Database } from "../database/database.ts";
import type { Page } from "../page.ts";
import type { StoreContext } from "../tracking/context.ts";
import { getWebhookTarget, listWebhookTargets } from "./webhook-targets.ts";
import type { CreateWebhookInput, UpdateWebhookInput, WebhookStore, WebhookTarget } from "./webhook-store.ts";
import * as webhooks from "./webhooks.ts";

/** Webhooks in any SQL database: each method is one piece of work in one transaction. */
export class SqlWebhookStore implements WebhookStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async createWebhook(input: CreateWebhookInput): Promise<Webhook> {
    return this.#database.write(() => webhooks.createWebhook(this.#context, input));
  }

  async getWebhook(webhookId: string): Promise<Webhook> {
    return this.#database.read(() => webhooks.getWebhook(webhookId));
  }

  async listWebhooks(input: {
    readonly maxResults?: number;
    readonly pageToken?: string;
  }): Promise<Page<Webhook>> {
    return this.#database.read(() => webhooks.listWebhooks(input));
  }

  async updateWebhook(input: UpdateWebhookInput): Promise<Webhook> {
    return this.#database.write(() => webhooks.updateWebhook(this.#context, input));
  }

  async deleteWebhook(webhookId: string): Promise<void> {
    return this.#database.write(() => webhooks.deleteWebhook(webhookId));
  }

  async getWebhookTarget(webhookId: string): Promise<WebhookTarget> {
    return this.#database.read(() => getWebhookTarget(webhookId));
  }

  async listWebhookTargets(event: WebhookEvent): Promise<readonly WebhookTarget[]> {
    return this.#database.read(() => listWebhookTargets(event));
  }
}
