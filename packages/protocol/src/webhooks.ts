import {
  type WebhookEvent,
  webhookEventFromWire,
  webhookEventSchema,
  webhookEventToWire,
} from "./registry/registry-event.ts";
import { z } from "zod";
import { int64, repeated, empty, longText, shortText } from "./forms.ts";
import { LIMITS } from "./limits.ts";
import { ADMINS_CHANGE, ADMINS_READ } from "./access.ts";
import { changesNothingFollowed, endpoint } from "./endpoint.ts";

const webhookStatusSchema = z.enum(["ACTIVE", "DISABLED"]);
/** A disabled webhook is kept but receives nothing. */
export type WebhookStatus = z.infer<typeof webhookStatusSchema>;

/** A URL that receives events of the registry. The server never returns its secret. */
export type Webhook = {
  readonly webhookId: string;
  readonly name: string;
  readonly url: string;
  readonly description: string;
  readonly events: readonly WebhookEvent[];
  readonly status: WebhookStatus;
  readonly creationTimeMs: number;
  readonly lastUpdateTimeMs: number;
};

const webhookSchema = z.object({
  webhook_id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  url: z.string(),
  events: repeated(webhookEventSchema),
  status: webhookStatusSchema.default("ACTIVE"),
  creation_timestamp: int64.default(0),
  last_updated_timestamp: int64.default(0),
});
/** A webhook in MLflow's REST API (`Webhook` in `mlflow/protos/webhooks.proto`); never with its secret. */
export type WebhookWire = z.infer<typeof webhookSchema>;

/** Converts a webhook to its wire form. */
export function webhookToWire(webhook: Webhook): WebhookWire {
  return {
    webhook_id: webhook.webhookId,
    name: webhook.name,
    ...(webhook.description !== "" && { description: webhook.description }),
    url: webhook.url,
    events: webhook.events.map(webhookEventToWire),
    status: webhook.status,
    creation_timestamp: webhook.creationTimeMs,
    last_updated_timestamp: webhook.lastUpdateTimeMs,
  };
}

/** Converts a webhook from its wire form. */
export function webhookFromWire(wire: WebhookWire): Webhook {
  return {
    webhookId: wire.webhook_id,
    name: wire.name,
    description: wire.description ?? "",
    url: wire.url,
    events: wire.events.map(webhookEventFromWire),
    status: wire.status,
    creationTimeMs: wire.creation_timestamp,
    lastUpdateTimeMs: wire.last_updated_timestamp,
  };
}

/** The result of a test delivery: the response, or why there was none. */
export type WebhookTestResult = {
  readonly success: boolean;
  readonly responseStatus?: number | undefined;
  readonly responseBody?: string | undefined;
  readonly errorMessage?: string | undefined;
};

const webhookTestResultSchema = z.object({
  success: z.boolean().default(false),
  response_status: int64.optional(),
  response_body: z.string().optional(),
  error_message: z.string().optional(),
});
/** The result of a test delivery in MLflow's REST API. */
export type WebhookTestResultWire = z.infer<typeof webhookTestResultSchema>;

/** Converts the result of a test delivery to its wire form. */
export function webhookTestResultToWire(result: WebhookTestResult): WebhookTestResultWire {
  return {
    success: result.success,
    response_status: result.responseStatus,
    response_body: result.responseBody,
    error_message: result.errorMessage,
  };
}

/** Converts the result of a test delivery from its wire form. */
export function webhookTestResultFromWire(wire: WebhookTestResultWire): WebhookTestResult {
  return {
    success: wire.success,
    responseStatus: wire.response_status,
    responseBody: wire.response_body,
    errorMessage: wire.error_message,
  };
}

const oneWebhook = z.object({ webhook: webhookSchema });
const byId = z.object({ webhook_id: shortText });

/** For admins only: a webhook sends contents of the registry elsewhere. */
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
  /** Absent fields are kept unchanged, as are empty events, name, URL and secret. */
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
  /** Sends a sample event, by default the webhook's first, and returns the response. */
  testWebhook: endpoint({
    methods: ["POST"],
    path: "/mlflow/webhooks/{webhook_id}/test",
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    request: byId.extend({ event: webhookEventSchema.optional() }),
    response: z.object({ result: webhookTestResultSchema }),
  }),
};

/** Input of `createWebhook`. */
export type CreateWebhookInput = {
  /** Letters, digits, dots, underscores and hyphens; up to 63. */
  readonly name: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly description?: string | undefined;
  /** Signs deliveries. The server never returns it. */
  readonly secret?: string | undefined;
  /** Default ACTIVE. */
  readonly status?: WebhookStatus | undefined;
};

/** Absent fields are kept unchanged. */
export type UpdateWebhookInput = Partial<CreateWebhookInput> & { readonly webhookId: string };

/** Input of `listWebhooks`. */
export type ListWebhooksInput = {
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
};

/** Converts the input of `createWebhook` to its wire form. */
export function createWebhookToWire({ events, ...fields }: CreateWebhookInput) {
  return { ...fields, events: events.map(webhookEventToWire) };
}

/** Converts the input of `updateWebhook` to its wire form. */
export function updateWebhookToWire({ webhookId, events, ...fields }: UpdateWebhookInput) {
  return {
    ...fields,
    webhook_id: webhookId,
    ...(events !== undefined && { events: events.map(webhookEventToWire) }),
  };
}
