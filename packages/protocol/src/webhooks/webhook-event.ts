import { AppError } from "@flightdeck/core";
import { z } from "zod";

/** What a webhook may ask to be told of: the entity, a dot, and what happened to it, as MLflow names them. */
export const WEBHOOK_EVENTS = [
  "registered_model.created",
  "model_version.created",
  "model_version_tag.set",
  "model_version_tag.deleted",
  "model_version_alias.created",
  "model_version_alias.deleted",
  "prompt.created",
  "prompt_version.created",
  "prompt_tag.set",
  "prompt_tag.deleted",
  "prompt_version_tag.set",
  "prompt_version_tag.deleted",
  "prompt_alias.created",
  "prompt_alias.deleted",
  "budget_policy.exceeded",
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export const webhookEventSchema = z.object({
  entity: z.enum([
    "REGISTERED_MODEL",
    "MODEL_VERSION",
    "MODEL_VERSION_TAG",
    "MODEL_VERSION_ALIAS",
    "PROMPT",
    "PROMPT_VERSION",
    "PROMPT_TAG",
    "PROMPT_VERSION_TAG",
    "PROMPT_ALIAS",
    "BUDGET_POLICY",
  ]),
  action: z.enum(["CREATED", "UPDATED", "DELETED", "SET", "EXCEEDED"]),
});
export type WebhookEventWire = z.infer<typeof webhookEventSchema>;

export function webhookEventToWire(event: WebhookEvent): WebhookEventWire {
  const { entity, action } = webhookEventParts(event);
  return webhookEventSchema.parse({ entity: entity.toUpperCase(), action: action.toUpperCase() });
}

/** Throws `INVALID_PARAMETER_VALUE`, in MLflow's words, for an action that its entity does not have. */
export function webhookEventFromWire(wire: WebhookEventWire): WebhookEvent {
  const entity = wire.entity.toLowerCase();
  const action = wire.action.toLowerCase();
  const event = WEBHOOK_EVENTS.find((known) => known === `${entity}.${action}`);
  if (event !== undefined) return event;
  const valid = WEBHOOK_EVENTS.map(webhookEventParts).filter((parts) => parts.entity === entity);
  const actions = valid.map((parts) => `'${parts.action}'`).toSorted();
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Invalid action '${action}' for entity '${entity}'. Valid actions are: [${actions.join(", ")}]`,
  );
}

/** The event's two words, in the lower case that deliveries carry. */
export function webhookEventParts(event: WebhookEvent): { readonly entity: string; readonly action: string } {
  const at = event.indexOf(".");
  return { entity: event.slice(0, at), action: event.slice(at + 1) };
}
