import {
  catalogVersionToWire,
  type Lineage,
  type LineageDirection,
  type LineageEntityWire,
  type ModelVersion,
  parseLineageHeader,
  type Tag,
  tagChange,
  unityCatalogVersionToWire,
} from "@flightdeck/protocol";
import type { ModelVersionKey, RegistryStore, Store } from "@flightdeck/store";
import type { Handlers } from "../calls/handler.ts";
import { modelVersionHandlers } from "./model-version-handlers.ts";

/** Jobs, notebooks, pipelines and tables that a version's lineage may name: enough to fill a page. */
const LINEAGE_TAGS_MAX = 100;

type UnityCatalogVersionHandlers = Pick<
  Handlers,
  | "createUnityCatalogVersion"
  | "finalizeUnityCatalogVersion"
  | "updateUnityCatalogVersion"
  | "deleteUnityCatalogVersion"
  | "getUnityCatalogVersion"
  | "searchUnityCatalogVersions"
  | "setUnityCatalogVersionTag"
  | "deleteUnityCatalogVersionTag"
  | "getUnityCatalogVersionDownloadUri"
  | "generateUnityCatalogCredentials"
  | "emitUnityCatalogLineage"
>;

/** Versions in MLflow's dialect for Unity Catalog, where the registry stores their files itself. */
export const unityCatalogVersionHandlers: UnityCatalogVersionHandlers = {
  createUnityCatalogVersion: async (request, { store, principal, client }) => {
    const { name, source, description } = request;
    const tags = [...request.tags, ...lineageTags(parseLineageHeader(client.lineageHeader), "UPSTREAM")];
    const version = await store.registry.createManagedVersion({
      name,
      source,
      description,
      userId: principal.name,
      tags,
      // protobuf clients send "" for an absent field.
      runId: request.run_id,
      modelId: request.model_id,
    });
    return await versionWire(store, version);
  },
  finalizeUnityCatalogVersion: async ({ name, version }, { store }) => {
    return await versionWire(store, await store.registry.finalizeModelVersion({ name, version }));
  },
  updateUnityCatalogVersion: async ({ name, version, description }, { store }) => {
    const key = { name, version };
    const updated =
      description === undefined
        ? await store.registry.getModelVersion(key)
        : await store.registry.updateModelVersion(key, description);
    return await versionWire(store, updated);
  },
  deleteUnityCatalogVersion: (request, context) => modelVersionHandlers.deleteModelVersion(request, context),
  getUnityCatalogVersion: async ({ name, version }, { store }) => {
    return await versionWire(store, await store.registry.getModelVersion({ name, version }));
  },
  searchUnityCatalogVersions: async (request, { store }) => {
    const { filter, max_results: maxResults, page_token: token } = request;
    const page = await store.registry.searchModelVersions({
      filter,
      maxResults,
      pageToken: token || undefined,
    });
    const wires = page.items.map((version) => unityCatalogVersionToWire(version));
    return { model_versions: wires, next_page_token: page.nextPageToken };
  },
  setUnityCatalogVersionTag: (request, context) => modelVersionHandlers.setModelVersionTag(request, context),
  deleteUnityCatalogVersionTag: (request, context) =>
    modelVersionHandlers.deleteModelVersionTag(request, context),
  getUnityCatalogVersionDownloadUri: (request, context) =>
    modelVersionHandlers.getModelVersionDownloadUri(request, context),
  generateUnityCatalogCredentials: async ({ name, version, operation }, { store, client }) => {
    const isReading = operation !== "MODEL_VERSION_OPERATION_READ_WRITE";
    const lineage = isReading ? lineageTags(parseLineageHeader(client.lineageHeader), "DOWNSTREAM") : [];
    await recordLineage(store.registry, { name, version }, lineage);
    return { credentials: { storage_mode: "DEFAULT_STORAGE" } };
  },
  emitUnityCatalogLineage: async (request, { store }) => {
    const { name, version, model_version_lineage_info: info, securable } = request;
    const lineage = {
      entities: info?.entities ?? [],
      securables: securable === undefined ? [] : [securable],
    };
    await recordLineage(
      store.registry,
      { name, version },
      lineageTags(lineage, info?.direction ?? "DOWNSTREAM"),
    );
    return {};
  },
};

async function versionWire(
  { registry }: Store,
  version: ModelVersion,
): Promise<{ model_version: ReturnType<typeof unityCatalogVersionToWire> }> {
  const location = await registry.getModelVersionDownloadUri(version);
  return { model_version: unityCatalogVersionToWire(version, location) };
}

type CatalogVersionHandlers = Pick<
  Handlers,
  | "createCatalogVersion"
  | "finalizeCatalogVersion"
  | "getCatalogVersionByAlias"
  | "listCatalogVersions"
  | "getCatalogVersion"
  | "updateCatalogVersion"
  | "deleteCatalogVersion"
  | "generateCatalogCredentials"
  | "tagCatalogVersion"
>;

/** Versions in Unity Catalog's own API. */
export const catalogVersionHandlers: CatalogVersionHandlers = {
  createCatalogVersion: async (request, { store, principal, client }) => {
    const made = lineageTags(parseLineageHeader(client.lineageHeader), "UPSTREAM");
    const version = await store.registry.createManagedVersion({
      name: fullNameOf(request),
      source: request.source,
      description: request.comment,
      userId: principal.name,
      tags: [...request.tags, ...made],
      // protobuf clients send "" for an absent field.
      runId: request.run_id,
      modelId: request.model_id,
    });
    return await catalogVersion(store, version);
  },
  finalizeCatalogVersion: async ({ full_name: name, version }, { store }) => {
    return await catalogVersion(store, await store.registry.finalizeModelVersion({ name, version }));
  },
  getCatalogVersionByAlias: async ({ full_name: name, alias }, { store }) => {
    return await catalogVersion(store, await store.registry.getModelVersionByAlias(name, alias));
  },
  listCatalogVersions: async (request, { store }) => {
    const { full_name: name, max_results: max, page_token: token } = request;
    await store.registry.getRegisteredModel(name);
    const page = await store.registry.searchModelVersions({
      filter: `name = '${name.replaceAll("'", "''")}'`,
      orderBy: ["version_number DESC"],
      maxResults: max || undefined,
      pageToken: token || undefined,
    });
    const wires = page.items.map((version) => catalogVersionToWire(version));
    return { model_versions: wires, next_page_token: page.nextPageToken };
  },
  getCatalogVersion: async ({ full_name: name, version }, { store }) => {
    return await catalogVersion(store, await store.registry.getModelVersion({ name, version }));
  },
  updateCatalogVersion: async ({ full_name: name, version, comment }, { store }) => {
    const key = { name, version };
    const updated =
      comment === undefined
        ? await store.registry.getModelVersion(key)
        : await store.registry.updateModelVersion(key, comment);
    return await catalogVersion(store, updated);
  },
  deleteCatalogVersion: async ({ full_name: name, version }, { store }) => {
    await store.registry.deleteModelVersion({ name, version });
    return {};
  },
  generateCatalogCredentials: async (request, { store, client }) => {
    const isReading = request.operation !== "READ_WRITE_MODEL_VERSION";
    const used = isReading ? lineageTags(parseLineageHeader(client.lineageHeader), "DOWNSTREAM") : [];
    await recordLineage(store.registry, { name: fullNameOf(request), version: request.version }, used);
    return { storage_mode: "DEFAULT_STORAGE" };
  },
  tagCatalogVersion: async (request, { store: { registry } }) => {
    const { name, added, removed } = tagChange(request);
    const key = { name, version: request.subentity_name };
    if (added !== undefined) await registry.setModelVersionTag(key, added);
    else await registry.deleteModelVersionTag(key, removed);
    return {};
  },
};

type Levels = { readonly catalog_name: string; readonly schema_name: string; readonly model_name: string };

function fullNameOf({ catalog_name: catalog, schema_name: schema, model_name: model }: Levels): string {
  return `${catalog}.${schema}.${model}`;
}

async function catalogVersion(
  { registry }: Store,
  version: ModelVersion,
): Promise<ReturnType<typeof catalogVersionToWire>> {
  return catalogVersionToWire(version, await registry.getModelVersionDownloadUri(version));
}

/** The prefix of tags that record who made or used a version, such as `flightdeck.lineage.downstream.job.123`. */
const PREFIX = "flightdeck.lineage.";

/**
 * Lineage as tags: one for each job, notebook, pipeline and table that made or uses a version, so that reporting it twice
 * changes nothing. A client that runs in none of them reports nothing.
 */
export function lineageTags({ entities, securables }: Lineage, direction: LineageDirection): readonly Tag[] {
  const named = [
    ...entities.flatMap(factsOf),
    ...securables.map(({ table }) => ["table", table?.name, table] as const),
  ];
  const tags = named.flatMap(([kind, id, facts]): Tag[] => {
    if (facts === undefined || id === undefined || id === "") return [];
    const given = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ""));
    return [{ key: `${PREFIX}${direction.toLowerCase()}.${kind}.${id}`, value: JSON.stringify(given) }];
  });
  return tags.slice(0, LINEAGE_TAGS_MAX);
}

/** Adds lineage to a version, up to `LINEAGE_TAGS_MAX` tags. */
export async function recordLineage(
  registry: RegistryStore,
  key: ModelVersionKey,
  told: readonly Tag[],
): Promise<void> {
  const { tags } = await registry.getModelVersion(key);
  const known = new Set(tags.map((tag) => tag.key).filter((tag) => tag.startsWith(PREFIX)));
  const added = told.filter((tag) => !known.has(tag.key)).slice(0, LINEAGE_TAGS_MAX - known.size);
  for (const tag of added) await registry.setModelVersionTag(key, tag);
}

type Fact = readonly [kind: string, id: string | undefined, facts: object | undefined];

function factsOf({ job, notebook, pipeline }: LineageEntityWire): readonly Fact[] {
  return [
    ["job", job?.id, job],
    ["notebook", notebook?.id, notebook],
    ["pipeline", pipeline?.pipeline_id, pipeline],
  ];
}
