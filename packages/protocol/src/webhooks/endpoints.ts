import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { empty } from "../empty.ts";
import { ADMINS_CHANGE, ADMINS_READ } from "../access/access.ts";
import { changesNothingFollowed } from "../events/change.ts";
import { endpoint } from "../endpoint.ts";
import { int64, longText, repeated, shortText } from "../scalars.ts";
import { webhookEventSchema } from "./webhook-event.ts";
import { webhookSchema, webhookStatusSchema, webhookTestResultSchema } from "./webhook.ts";

const oneWebhook = z.object({ webhook: webhookSchema });
const byId = z.object({ webhook_id: shortText });

/** An administrator's: a webhook sends what the registry holds to another place. */
export const webhookEndpoints = {
  createWebhook: endpoint({
    methods: ["POST"],
    path: "/mlflow/webhooks",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: z.object({
      name: shortText,
      description: longText.default(""),
      url: longText,
      events: repeated(webhookEventSchema, LIMITS.requestItemsMax),
      secret: shortText.optional(),
      status: webhookStatusSchema.default("ACTIVE"),
    }),
    response: oneWebhook,
  }),
  listWebhooks: endpoint({
    methods: ["GET"],
    path: "/mlflow/webhooks",
    access: ADMINS_READ,
    request: z.object({ max_results: int64.optional(), page_token: longText.optional() }),
    response: z.object({ webhooks: repeated(webhookSchema), next_page_token: z.string().optional() }),
  }),
  getWebhook: endpoint({
    methods: ["GET"],
    path: "/mlflow/webhooks/{webhook_id}",
    access: ADMINS_READ,
    request: byId,
    response: oneWebhook,
  }),
  /** Fields that are absent stay as they are; so do empty events, name, URL and secret. */
  updateWebhook: endpoint({
    methods: ["PATCH"],
    path: "/mlflow/webhooks/{webhook_id}",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: byId.extend({
      name: shortText.optional(),
      description: longText.optional(),
      url: longText.optional(),
      events: repeated(webhookEventSchema, LIMITS.requestItemsMax),
      secret: shortText.optional(),
      status: webhookStatusSchema.optional(),
    }),
    response: oneWebhook,
  }),
  deleteWebhook: endpoint({
    methods: ["DELETE"],
    path: "/mlflow/webhooks/{webhook_id}",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: byId,
    response: empty,
  }),
  /** Sends an example of an event, by default the webhook's first, and gives the answer. */
  testWebhook: endpoint({
    methods: ["POST"],
    path: "/mlflow/webhooks/{webhook_id}/test",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: byId.extend({ event: webhookEventSchema.optional() }),
    response: z.object({ result: webhookTestResultSchema }),
  }),
};
