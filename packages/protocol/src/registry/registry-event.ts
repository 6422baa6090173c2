import { AppError } from "@flightdeck/core";
import { z } from "zod";
import type { Tag } from "../forms.ts";

/** The events that a webhook can subscribe to: entity, dot, action, with MLflow's names. */
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
/** One of `WEBHOOK_EVENTS`. */
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** An event in MLflow's REST API: entity and action in upper case. */
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
/** An event in MLflow's REST API: entity and action in upper case. */
export type WebhookEventWire = z.infer<typeof webhookEventSchema>;

/** Converts an event to its wire form. */
export function webhookEventToWire(event: WebhookEvent): WebhookEventWire {
  const { entity, action } = webhookEventParts(event);
  return webhookEventSchema.parse({ entity: entity.toUpperCase(), action: action.toUpperCase() });
}

/** Throws `INVALID_PARAMETER_VALUE` with MLflow's message if the entity does not have the action. */
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

/** The event's entity and action in lower case, as in deliveries. */
export function webhookEventParts(event: WebhookEvent): { readonly entity: string; readonly action: string } {
  const at = event.indexOf(".");
  return { entity: event.slice(0, at), action: event.slice(at + 1) };
}

/** Tags with which MLflow stores prompts as registered models (`mlflow/prompt/constants.py`). */
export const PROMPT_TAGS = {
  isPrompt: "mlflow.prompt.is_prompt",
  text: "mlflow.prompt.text",
  type: "_mlflow_prompt_type",
} as const;

/** Whether the tags mark a prompt; the last value of a key wins. */
export function isPrompt(tags: readonly Tag[]): boolean {
  return tags.findLast(({ key }) => key === PROMPT_TAGS.isPrompt)?.value.toLowerCase() === "true";
}

/**
 * An event in the registry, for webhooks. Prompts are registered models with a tag and have separate events. `data` has
 * the form of MLflow's payloads (`mlflow/webhooks/types.py`).
 */
export type RegistryEvent = {
  /** The registered model concerned. */
  readonly name: string;
  /** Undefined if there is no such event for models. */
  readonly modelEvent: WebhookEvent | undefined;
  readonly promptEvent: WebhookEvent;
  /** Whether the model is a prompt, if the request says so. */
  readonly isPrompt?: boolean | undefined;
  readonly data: Readonly<Record<string, unknown>>;
};

type Model = { readonly name: string };
type Version = Model & { readonly version: string };
type Described = { readonly tags: readonly Tag[]; readonly description: string };

export function modelCreated({ name, tags, description }: Model & Described): RegistryEvent {
  const isOfPrompt = isPrompt(tags);
  return {
    name,
    modelEvent: "registered_model.created",
    promptEvent: "prompt.created",
    isPrompt: isOfPrompt,
    data: { name, tags: isOfPrompt ? withoutInternal(tags) : byKey(tags), description },
  };
}

type CreatedVersion = {
  readonly version: unknown;
  readonly source?: string | undefined;
  readonly run_id?: string | undefined;
};

export function versionCreated(
  { name, tags, description }: Model & Described,
  version: CreatedVersion,
): RegistryEvent {
  const isOfPrompt = isPrompt(tags);
  return {
    name,
    modelEvent: "model_version.created",
    promptEvent: "prompt_version.created",
    isPrompt: isOfPrompt,
    data: {
      name,
      version: String(version.version),
      ...(isOfPrompt
        ? { template: byKey(tags)[PROMPT_TAGS.text] ?? null, tags: withoutInternal(tags) }
        : { source: version.source, run_id: version.run_id || null, tags: byKey(tags) }),
      description: description || null,
    },
  };
}

export function modelTagSet({ name, key, value }: Model & Tag): RegistryEvent {
  return { name, modelEvent: undefined, promptEvent: "prompt_tag.set", data: { name, key, value } };
}

export function modelTagDeleted({ name, key }: Model & Pick<Tag, "key">): RegistryEvent {
  return { name, modelEvent: undefined, promptEvent: "prompt_tag.deleted", data: { name, key } };
}

export function versionTagSet({ name, version, key, value }: Version & Tag): RegistryEvent {
  return {
    name,
    modelEvent: "model_version_tag.set",
    promptEvent: "prompt_version_tag.set",
    data: { name, version, key, value },
  };
}

export function versionTagDeleted({ name, version, key }: Version & Pick<Tag, "key">): RegistryEvent {
  return {
    name,
    modelEvent: "model_version_tag.deleted",
    promptEvent: "prompt_version_tag.deleted",
    data: { name, version, key },
  };
}

export function aliasSet({ name, alias, version }: Version & { readonly alias: string }): RegistryEvent {
  return {
    name,
    modelEvent: "model_version_alias.created",
    promptEvent: "prompt_alias.created",
    data: { name, alias, version },
  };
}

export function aliasDeleted({ name, alias }: Model & { readonly alias: string }): RegistryEvent {
  return {
    name,
    modelEvent: "model_version_alias.deleted",
    promptEvent: "prompt_alias.deleted",
    data: { name, alias },
  };
}

function byKey(tags: readonly Tag[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

const INTERNAL_TAGS: ReadonlySet<string> = new Set(Object.values(PROMPT_TAGS));

function withoutInternal(tags: readonly Tag[]): Readonly<Record<string, string>> {
  return byKey(tags.filter(({ key }) => !INTERNAL_TAGS.has(key)));
}
