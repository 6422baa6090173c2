import type {
  EndpointName,
  endpoints,
  RequestOf,
  ResponseInputOf,
  Tag,
  WebhookEvent,
} from "@flightdeck/protocol";
import { isPrompt, PROMPT_TAGS } from "../registry/prompts.ts";
import { tagChange } from "../unity-catalog/tag-change.ts";

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

type Tagged = { readonly tags: readonly Tag[]; readonly description: string };
type Version = { readonly name: string; readonly version: string };

const modelCreated = (name: string, { tags, description }: Tagged): Occurrence => ({
  name,
  modelEvent: "registered_model.created",
  promptEvent: "prompt.created",
  isPrompt: isPrompt(tags),
  data: { name, tags: isPrompt(tags) ? withoutInternal(tags) : byKey(tags), description },
});

type CreatedVersion = {
  readonly version: unknown;
  readonly source?: string | undefined;
  readonly run_id?: string | undefined;
};

const versionCreated = (
  { name, tags, description }: Tagged & { readonly name: string },
  { model_version: version }: { readonly model_version: CreatedVersion },
): Occurrence => ({
  name,
  modelEvent: "model_version.created",
  promptEvent: "prompt_version.created",
  isPrompt: isPrompt(tags),
  data: {
    name,
    version: String(version.version),
    ...(isPrompt(tags)
      ? { template: byKey(tags)[PROMPT_TAGS.text] ?? null, tags: withoutInternal(tags) }
      : { source: version.source, run_id: version.run_id || null, tags: byKey(tags) }),
    description: description || null,
  },
});

const modelTagSet = ({ name, key, value }: Tag & { readonly name: string }): Occurrence => ({
  name,
  modelEvent: undefined,
  promptEvent: "prompt_tag.set",
  data: { name, key, value },
});

const modelTagDeleted = ({ name, key }: { readonly name: string; readonly key: string }): Occurrence => ({
  name,
  modelEvent: undefined,
  promptEvent: "prompt_tag.deleted",
  data: { name, key },
});

const versionTagSet = ({ name, version, key, value }: Tag & Version): Occurrence => ({
  name,
  modelEvent: "model_version_tag.set",
  promptEvent: "prompt_version_tag.set",
  data: { name, version, key, value },
});

const versionTagDeleted = ({ name, version, key }: Version & { readonly key: string }): Occurrence => ({
  name,
  modelEvent: "model_version_tag.deleted",
  promptEvent: "prompt_version_tag.deleted",
  data: { name, version, key },
});

const aliasSet = ({ name, alias, version }: Version & { readonly alias: string }): Occurrence => ({
  name,
  modelEvent: "model_version_alias.created",
  promptEvent: "prompt_alias.created",
  data: { name, alias, version },
});

const aliasDeleted = ({ name, alias }: { readonly name: string; readonly alias: string }): Occurrence => ({
  name,
  modelEvent: "model_version_alias.deleted",
  promptEvent: "prompt_alias.deleted",
  data: { name, alias },
});

const OCCURRENCES: { readonly [TName in EndpointName]?: OccurrenceOf<TName> } = {
  createRegisteredModel: (request) => modelCreated(request.name, request),
  createModelVersion: versionCreated,
  setRegisteredModelTag: modelTagSet,
  deleteRegisteredModelTag: modelTagDeleted,
  setModelVersionTag: versionTagSet,
  deleteModelVersionTag: versionTagDeleted,
  setRegisteredModelAlias: aliasSet,
  deleteRegisteredModelAlias: aliasDeleted,
  createUnityCatalogModel: (request) => modelCreated(request.name, request),
  createUnityCatalogVersion: versionCreated,
  setUnityCatalogModelTag: modelTagSet,
  deleteUnityCatalogModelTag: modelTagDeleted,
  setUnityCatalogVersionTag: versionTagSet,
  deleteUnityCatalogVersionTag: versionTagDeleted,
  setUnityCatalogModelAlias: aliasSet,
  deleteUnityCatalogModelAlias: aliasDeleted,
  createCatalogModel: ({ tags, comment }, { full_name: name }) =>
    modelCreated(name, { tags, description: comment }),
  createCatalogVersion: (request, version) => {
    const { catalog_name: catalog, schema_name: schema, model_name: model, tags, comment } = request;
    const made = { name: `${catalog}.${schema}.${model}`, tags, description: comment };
    return versionCreated(made, { model_version: version });
  },
  tagCatalogModel: (request) => {
    const { name, added, removed } = tagChange(request);
    return added === undefined ? modelTagDeleted({ name, key: removed }) : modelTagSet({ name, ...added });
  },
  tagCatalogVersion: (request) => {
    const { name, added, removed } = tagChange(request);
    const of = { name, version: request.subentity_name };
    return added === undefined
      ? versionTagDeleted({ ...of, key: removed })
      : versionTagSet({ ...of, ...added });
  },
  setCatalogModelAlias: ({ full_name: name, alias, version_num: version }) =>
    aliasSet({ name, alias, version: String(version) }),
  deleteCatalogModelAlias: ({ full_name: name, alias }) => aliasDeleted({ name, alias }),
};

function byKey(tags: readonly Tag[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

function withoutInternal(tags: readonly Tag[]): Readonly<Record<string, string>> {
  return byKey(tags.filter(({ key }) => !INTERNAL_TAGS.has(key)));
}
