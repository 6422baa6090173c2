import type {
  EndpointName,
  endpoints,
  RequestOf,
  ResponseInputOf,
  Tag,
  WebhookEvent,
} from "@flightdeck/protocol";
import { isPrompt, PROMPT_TAGS } from "../registry/prompts.ts";

/** Something that happened in the registry. Prompts are registered models with a tag, and have events of their own. */
export type Occurrence = {
  /** The registered model that it happened to. */
  readonly name: string;
  /** undefined where models have no such event. */
  readonly modelEvent: WebhookEvent | undefined;
  readonly promptEvent: WebhookEvent;
  /** Whether it happened to a prompt, where the request itself tells. */
  readonly isPrompt?: boolean;
  /** As MLflow's payloads have it. */
  readonly data: Readonly<Record<string, unknown>>;
};

/** What an answered call has made happen, if webhooks may be told of it. */
export function occurrenceOf(
  name: EndpointName,
  request: unknown,
  response: unknown,
): Occurrence | undefined {
  // Each entry takes what its own schema gives, and gets it from the caller, who looked both up by the same name.
  const occurrence = OCCURRENCES[name] as ((request: unknown, response: unknown) => Occurrence) | undefined;
  return occurrence?.(request, response);
}

const INTERNAL_TAGS: ReadonlySet<string> = new Set(Object.values(PROMPT_TAGS));

type Endpoints = typeof endpoints;
type OccurrenceOf<TName extends EndpointName> = (
  request: RequestOf<Endpoints[TName]>,
  response: ResponseInputOf<Endpoints[TName]>,
) => Occurrence;

const OCCURRENCES: { readonly [TName in EndpointName]?: OccurrenceOf<TName> } = {
  createRegisteredModel: ({ name, tags, description }) => ({
    name,
    modelEvent: "registered_model.created",
    promptEvent: "prompt.created",
    isPrompt: isPrompt(tags),
    data: { name, tags: isPrompt(tags) ? withoutInternal(tags) : byKey(tags), description },
  }),
  createModelVersion: (request, { model_version: version }) => ({
    name: request.name,
    modelEvent: "model_version.created",
    promptEvent: "prompt_version.created",
    isPrompt: isPrompt(request.tags),
    data: {
      name: request.name,
      version: String(version.version),
      ...(isPrompt(request.tags)
        ? { template: byKey(request.tags)[PROMPT_TAGS.text] ?? null, tags: withoutInternal(request.tags) }
        : { source: version.source, run_id: version.run_id || null, tags: byKey(request.tags) }),
      description: request.description || null,
    },
  }),
  setRegisteredModelTag: ({ name, key, value }) => ({
    name,
    modelEvent: undefined,
    promptEvent: "prompt_tag.set",
    data: { name, key, value },
  }),
  deleteRegisteredModelTag: ({ name, key }) => ({
    name,
    modelEvent: undefined,
    promptEvent: "prompt_tag.deleted",
    data: { name, key },
  }),
  setModelVersionTag: ({ name, version, key, value }) => ({
    name,
    modelEvent: "model_version_tag.set",
    promptEvent: "prompt_version_tag.set",
    data: { name, version, key, value },
  }),
  deleteModelVersionTag: ({ name, version, key }) => ({
    name,
    modelEvent: "model_version_tag.deleted",
    promptEvent: "prompt_version_tag.deleted",
    data: { name, version, key },
  }),
  setRegisteredModelAlias: ({ name, alias, version }) => ({
    name,
    modelEvent: "model_version_alias.created",
    promptEvent: "prompt_alias.created",
    data: { name, alias, version },
  }),
  deleteRegisteredModelAlias: ({ name, alias }) => ({
    name,
    modelEvent: "model_version_alias.deleted",
    promptEvent: "prompt_alias.deleted",
    data: { name, alias },
  }),
};

function byKey(tags: readonly Tag[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

function withoutInternal(tags: readonly Tag[]): Readonly<Record<string, string>> {
  return byKey(tags.filter(({ key }) => !INTERNAL_TAGS.has(key)));
}
