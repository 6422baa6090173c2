import { AppError, assert, type Clock, isAppError, messageOf, sleep } from "@flightdeck/core";
import {
  isPrompt,
  LIMITS,
  type RegistryEvent,
  type WebhookEvent,
  webhookEventFromWire,
  type WebhookTestResult,
  webhookTestResultToWire,
  webhookToWire,
} from "@flightdeck/protocol";
import type { Store, WebhookTarget } from "@flightdeck/store";
import type { Logger } from "pino";
import type { Handlers } from "../calls/handler.ts";
import type { SecretBox } from "./secret-box.ts";
import { type DeliveryRequest, deliveryRequest, sendOnce, sendWithRetries } from "./webhook-delivery.ts";
import { resolveWebhookUrl, type WebhookPolicy } from "./webhook-url.ts";

type WebhookHandlers = Pick<
  Handlers,
  "createWebhook" | "listWebhooks" | "getWebhook" | "updateWebhook" | "deleteWebhook" | "testWebhook"
>;

export function webhookHandlers({ webhooks }: { readonly webhooks: Webhooks }): WebhookHandlers {
  return {
    createWebhook: async (request, { store }) => {
      const { name, description, url, status } = request;
      const events = request.events.map(webhookEventFromWire);
      await webhooks.checkUrl(url);
      const input = {
        name,
        description,
        url,
        status,
        events,
        sealedSecret: await sealed(request.secret, webhooks),
      };
      return { webhook: webhookToWire(await store.webhooks.createWebhook(input)) };
    },
    listWebhooks: async (request, { store }) => {
      const maxResults = request.max_results || undefined; // protobuf clients send 0 for an absent field.
      const page = await store.webhooks.listWebhooks({ maxResults, pageToken: request.page_token });
      return { webhooks: page.items.map(webhookToWire), next_page_token: page.nextPageToken };
    },
    getWebhook: async ({ webhook_id: webhookId }, { store }) => {
      return { webhook: webhookToWire(await store.webhooks.getWebhook(webhookId)) };
    },
    updateWebhook: async (request, { store }) => {
      const { webhook_id: webhookId, description, status } = request;
      const events = request.events.map(webhookEventFromWire);
      const url = request.url || undefined;
      if (url !== undefined) await webhooks.checkUrl(url);
      const webhook = await store.webhooks.updateWebhook({
        webhookId,
        name: request.name || undefined,
        url,
        description,
        status,
        events: events.length > 0 ? events : undefined,
        sealedSecret: await sealed(request.secret, webhooks),
      });
      return { webhook: webhookToWire(webhook) };
    },
    deleteWebhook: async ({ webhook_id: webhookId }, { store }) => {
      await store.webhooks.deleteWebhook(webhookId);
      return {};
    },
    testWebhook: async ({ webhook_id: webhookId, event }, { store }) => {
      const target = await store.webhooks.getWebhookTarget(webhookId);
      const [first] = (await store.webhooks.getWebhook(webhookId)).events;
      assert(first !== undefined, "a webhook has an event");
      const tested = event === undefined ? first : webhookEventFromWire(event);
      return { result: webhookTestResultToWire(await webhooks.test(target, tested, EXAMPLE_DATA[tested])) };
    },
  };
}

/** Encrypts a secret for storage. An empty one means none. */
async function sealed(secret: string | undefined, webhooks: Webhooks): Promise<string | undefined> {
  if (secret === undefined || secret === "") return undefined;
  if (secret.length > LIMITS.webhookSecretCharsMax) {
    const message = `secret must have at most ${LIMITS.webhookSecretCharsMax} characters`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return await webhooks.seal(secret);
}

const tag = { key: "example_key", value: "example_value" };
const tags = { example_key: "example_value" };
const alias = { alias: "example_alias" };
const version = { version: "1" };
const model = { name: "example_model" };
const prompt = { name: "example_prompt" };
const { key } = tag;

/** The payloads of test deliveries: MLflow's own examples, which receivers may look for. */
const EXAMPLE_DATA: Readonly<Record<WebhookEvent, object>> = {
  "registered_model.created": { ...model, tags, description: "An example registered model" },
  "model_version.created": {
    ...model,
    ...version,
    source: "models:/123",
    run_id: "abcd1234abcd5678",
    tags,
    description: "An example model version",
  },
  "model_version_tag.set": { ...model, ...version, ...tag },
  "model_version_tag.deleted": { ...model, ...version, key },
  "model_version_alias.created": { ...model, ...alias, ...version },
  "model_version_alias.deleted": { ...model, ...alias },
  "prompt.created": { ...prompt, tags, description: "An example prompt" },
  "prompt_version.created": {
    ...prompt,
    ...version,
    template: "Hello {{name}}!",
    tags,
    description: "An example prompt version",
  },
  "prompt_tag.set": { ...prompt, ...tag },
  "prompt_tag.deleted": { ...prompt, key },
  "prompt_version_tag.set": { ...prompt, ...version, ...tag },
  "prompt_version_tag.deleted": { ...prompt, ...version, key },
  "prompt_alias.created": { ...prompt, ...alias, ...version },
  "prompt_alias.deleted": { ...prompt, ...alias },
  "budget_policy.exceeded": {
    budget_policy_id: "bp-abc123",
    budget_unit: "USD",
    budget_amount: 100,
    current_spend: 105.5,
    duration_unit: "MONTHS",
    duration_value: 1,
    target_scope: "ENDPOINT",
    workspace: "default",
    target_value: "ep-abc123",
    window_start: 1704067200000,
  },
};

/** Deliveries in the queue: a few seconds' worth for a busy registry. */
const QUEUE_MAX = 1000;
/** Deliveries in progress, as in MLflow's server. */
const DELIVERIES_MAX = 10;
/** How long deliveries in progress may continue when the server closes. */
const CLOSE_WAIT_MS = 2000;

export type WebhooksOptions = {
  readonly store: Store;
  readonly policy: WebhookPolicy;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly logger: Logger;
};

type Delivery = { readonly target: WebhookTarget; readonly event: WebhookEvent; readonly data: object };

/**
 * Delivers events to webhooks after they are stored, without delaying the calls that caused them. The queue is in memory and
 * bounded; deliveries that wait when the process ends are lost.
 */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #waiting: Delivery[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #noRetry = new AbortController();
  readonly #stop = new AbortController();

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** Throws `INVALID_PARAMETER_VALUE` for a URL that the policy refuses. */
  async checkUrl(url: string): Promise<void> {
    await resolveWebhookUrl(url, this.#options.policy);
  }

  /** Encrypts a secret, so that it may be stored. */
  seal(secret: string): Promise<string> {
    return this.#options.secrets.seal(secret);
  }

  /** Queues the event of an answered call. Neither waits nor throws. */
  publish(event: RegistryEvent): void {
    if (this.#noRetry.signal.aborted) return;
    this.#enqueue(event).catch((error: unknown) => {
      this.#options.logger.error({ err: error }, "webhooks could not be looked up");
    });
  }

  /** Sends an example of an event once, and returns the result. */
  async test(target: WebhookTarget, event: WebhookEvent, data: object): Promise<WebhookTestResult> {
    const { policy } = this.#options;
    try {
      const request = await this.#request({ target, event, data });
      const answer = await sendOnce({ url: target.url, request, policy, signal: this.#stop.signal });
      return {
        success: isSuccess(answer.status),
        responseStatus: answer.status,
        responseBody: answer.body,
      };
    } catch (error) {
      return { success: false, errorMessage: `Failed to test webhook: ${messageOf(error)}` };
    }
  }

  /** Stops retrying, lets deliveries in progress finish within a bound, and drops the rest. */
  async close(): Promise<void> {
    this.#noRetry.abort();
    this.#waiting.length = 0;
    const ended = new AbortController();
    const all = Promise.all(this.#underWay).then(() => ended.abort());
    await sleep(CLOSE_WAIT_MS, ended.signal).catch(() => undefined); // Aborted as soon as all have ended.
    this.#stop.abort();
    await all;
  }

  async #enqueue(happened: RegistryEvent): Promise<void> {
    const { store, logger } = this.#options;
    const { modelEvent, promptEvent } = happened;
    const forPrompts = await store.webhooks.listWebhookTargets(promptEvent);
    const forModels = modelEvent === undefined ? [] : await store.webhooks.listWebhookTargets(modelEvent);
    if (forPrompts.length + forModels.length === 0) return;
    const [event, targets] = (await this.#isPrompt(happened))
      ? [promptEvent, forPrompts]
      : [modelEvent, forModels];
    if (event === undefined) return;
    for (const target of targets) {
      if (this.#waiting.length >= QUEUE_MAX) {
        logger.warn({ webhookId: target.webhookId, event }, "too many webhook deliveries wait; dropped one");
        continue;
      }
      this.#waiting.push({ target, event, data: happened.data });
    }
    this.#startNext();
  }

  async #isPrompt({ name, isPrompt: known }: RegistryEvent): Promise<boolean> {
    if (known !== undefined) return known;
    try {
      return isPrompt((await this.#options.store.registry.getRegisteredModel(name)).tags);
    } catch (error) {
      if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return false; // Deleted meanwhile.
      throw error;
    }
  }

  #startNext(): void {
    while (this.#underWay.size < DELIVERIES_MAX) {
      const delivery = this.#waiting.shift();
      if (delivery === undefined) return;
      const ended = this.#deliver(delivery).finally(() => {
        this.#underWay.delete(ended);
        this.#startNext();
      });
      this.#underWay.add(ended);
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { logger, policy } = this.#options;
    const { target, event } = delivery;
    const facts = { webhookId: target.webhookId, event };
    try {
      const request = await this.#request(delivery);
      const [signal, noRetry] = [this.#stop.signal, this.#noRetry.signal];
      const { status } = await sendWithRetries({ url: target.url, request, policy, signal, noRetry });
      if (!isSuccess(status)) logger.warn({ ...facts, status }, "a webhook did not take its delivery");
    } catch (error) {
      logger.warn({ ...facts, err: error }, "a webhook could not be reached");
    }
  }

  async #request({ target, event, data }: Delivery): Promise<DeliveryRequest> {
    const { clock, secrets } = this.#options;
    const sealed = target.sealedSecret;
    const secret = sealed === undefined ? undefined : await secrets.open(sealed);
    return deliveryRequest({ event, data, nowMs: clock.nowMs(), secret });
  }
}

/** A redirect counts as a failure, since it is not followed. */
function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
