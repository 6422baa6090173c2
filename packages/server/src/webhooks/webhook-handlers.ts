import { AppError, assert } from "@flightdeck/core";
import { LIMITS, webhookEventFromWire, webhookTestResultToWire, webhookToWire } from "@flightdeck/protocol";
import type { Handlers, RequestContext } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";

type WebhookHandlers = Pick<
  Handlers,
  "createWebhook" | "listWebhooks" | "getWebhook" | "updateWebhook" | "deleteWebhook" | "testWebhook"
>;

export const webhookHandlers: WebhookHandlers = {
  createWebhook: async (request, context) => {
    const { name, description, url, status } = request;
    const events = request.events.map(webhookEventFromWire);
    await context.webhooks.checkUrl(url);
    const input = { name, description, url, status, events, ...(await sealed(request.secret, context)) };
    return { webhook: webhookToWire(await context.store.webhooks.createWebhook(input)) };
  },
  listWebhooks: async (request, { store }) => {
    const maxResults = request.max_results || undefined; // protobuf's clients send 0 for absent.
    const page = await store.webhooks.listWebhooks(present({ maxResults, pageToken: request.page_token }));
    return { webhooks: page.items.map(webhookToWire), ...pageToken(page) };
  },
  getWebhook: async ({ webhook_id: webhookId }, { store }) => {
    return { webhook: webhookToWire(await store.webhooks.getWebhook(webhookId)) };
  },
  updateWebhook: async (request, context) => {
    const { webhook_id: webhookId, description, status } = request;
    const events = request.events.map(webhookEventFromWire);
    const url = request.url || undefined;
    if (url !== undefined) await context.webhooks.checkUrl(url);
    const webhook = await context.store.webhooks.updateWebhook({
      webhookId,
      ...present({ name: request.name || undefined, url, description, status }),
      ...(events.length > 0 && { events }),
      ...(await sealed(request.secret, context)),
    });
    return { webhook: webhookToWire(webhook) };
  },
  deleteWebhook: async ({ webhook_id: webhookId }, { store }) => {
    await store.webhooks.deleteWebhook(webhookId);
    return {};
  },
  testWebhook: async ({ webhook_id: webhookId, event }, { store, webhooks }) => {
    const target = await store.webhooks.getWebhookTarget(webhookId);
    const [first] = (await store.webhooks.getWebhook(webhookId)).events;
    assert(first !== undefined, "a webhook has an event");
    const tested = event === undefined ? first : webhookEventFromWire(event);
    return { result: webhookTestResultToWire(await webhooks.test(target, tested)) };
  },
};

/** The secret as it is stored; an empty one is none. */
async function sealed(
  secret: string | undefined,
  { webhooks }: RequestContext,
): Promise<{ readonly sealedSecret?: string }> {
  if (secret === undefined || secret === "") return {};
  if (secret.length > LIMITS.webhookSecretCharsMax) {
    const message = `secret must have at most ${LIMITS.webhookSecretCharsMax} characters`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return { sealedSecret: await webhooks.seal(secret) };
}
