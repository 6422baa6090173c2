import { isPrompt, PROMPT_TAGS } from "../registry/prompts.ts";
import type { Tag } from "../tag.ts";
import type { WebhookEvent } from "./webhook-event.ts";

/**
 * Something that happened in the registry, as webhooks are told of it. Prompts are registered models with a tag, and have
 * events of their own. `data` is as MLflow's payloads have it (`mlflow/webhooks/types.py`).
 */
export type RegistryEvent = {
  /** The registered model that it happened to. */
  readonly name: string;
  /** undefined where models have no such event. */
  readonly modelEvent: WebhookEvent | undefined;
  readonly promptEvent: WebhookEvent;
  /** Whether it happened to a prompt, where the request itself tells. */
  readonly isPrompt?: boolean;
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
