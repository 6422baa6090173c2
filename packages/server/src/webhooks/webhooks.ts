import { type Clock, isAppError, messageOf, sleep } from "@flightdeck/core";
import {
  isPrompt,
  type RegistryEvent,
  type WebhookEvent,
  type WebhookTestResult,
} from "@flightdeck/protocol";
import type { Store, WebhookTarget } from "@flightdeck/store";
import type { Logger } from "pino";
import { BOUNDS } from "../bounds.ts";
import { type DeliveryRequest, deliveryRequest } from "./delivery-request.ts";
import { EXAMPLE_DATA } from "./example-data.ts";
import type { SecretBox } from "./secret-box.ts";
import { sendOnce, sendWithRetries } from "./send-with-retries.ts";
import type { WebhookPolicy } from "./webhook-policy.ts";
import { resolveWebhookUrl } from "./webhook-url.ts";

export type WebhooksOptions = {
  readonly store: Store;
  readonly policy: WebhookPolicy;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly logger: Logger;
};

type Delivery = { readonly target: WebhookTarget; readonly event: WebhookEvent; readonly data: object };

/**
 * Tells webhooks of what happened, after it has been stored and without holding up who did it. Deliveries wait in
 * memory, up to a bound, and some go out at a time; what waits when the process ends is lost.
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

  /** Throws `INVALID_PARAMETER_VALUE` for an URL that nothing is sent to. */
  async checkUrl(url: string): Promise<void> {
    await resolveWebhookUrl(url, this.#options.policy);
  }

  /** The secret as it may be stored. */
  seal(secret: string): Promise<string> {
    return this.#options.secrets.seal(secret);
  }

  /** Tells of what an answered call has made happen. Never waits, never fails. */
  tell(event: RegistryEvent): void {
    if (this.#noRetry.signal.aborted) return;
    this.#enqueue(event).catch((error: unknown) => {
      this.#options.logger.error({ err: error }, "webhooks could not be looked up");
    });
  }

  /** Sends an example of an event, once, and tells what came of it. */
  async test(target: WebhookTarget, event: WebhookEvent): Promise<WebhookTestResult> {
    const { policy } = this.#options;
    try {
      const request = await this.#request({ target, event, data: EXAMPLE_DATA[event] });
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

  /** Gives up on repetitions, lets what is being sent arrive within a bound, and drops the rest. */
  async close(): Promise<void> {
    this.#noRetry.abort();
    this.#waiting.length = 0;
    const ended = new AbortController();
    const all = Promise.all(this.#underWay).then(() => ended.abort());
    await sleep(BOUNDS.webhookCloseWaitMs, ended.signal).catch(() => undefined); // Cancelled as soon as all has ended.
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
      if (this.#waiting.length >= BOUNDS.webhookQueueMax) {
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
    while (this.#underWay.size < BOUNDS.webhookDeliveriesMax) {
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

/** Redirects are not followed, so one has not arrived. */
function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
