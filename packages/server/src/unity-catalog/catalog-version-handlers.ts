import { catalogVersionToWire, type ModelVersion, parseLineageHeader } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import type { Services } from "../api/services.ts";
import { lineageTags, recordLineage } from "./lineage.ts";
import { tagChange } from "@flightdeck/protocol";

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

/** Versions as Unity Catalog's own API has them. */
export const catalogVersionHandlers: CatalogVersionHandlers = {
  createCatalogVersion: async (request, { store, principal, client }) => {
    const made = lineageTags(parseLineageHeader(client.lineageHeader), "UPSTREAM");
    const version = await store.registry.createManagedVersion({
      name: fullNameOf(request),
      source: request.source,
      description: request.comment,
      userId: principal.name,
      tags: [...request.tags, ...made],
      // protobuf's clients send "" for absent.
      ...present({ runId: request.run_id, modelId: request.model_id }),
    });
    return versionWire(store, version);
  },
  finalizeCatalogVersion: async ({ full_name: name, version }, { store }) => {
    return versionWire(store, await store.registry.finalizeModelVersion({ name, version }));
  },
  getCatalogVersionByAlias: async ({ full_name: name, alias }, { store }) => {
    return versionWire(store, await store.registry.getModelVersionByAlias(name, alias));
  },
  listCatalogVersions: async (request, { store }) => {
    const { full_name: name, max_results: max, page_token: token } = request;
    await store.registry.getRegisteredModel(name);
    const page = await store.registry.searchModelVersions({
      filter: `name = '${name.replaceAll("'", "''")}'`,
      orderBy: ["version_number DESC"],
      ...present({ maxResults: max || undefined, pageToken: token || undefined }),
    });
    const wires = page.items.map((version) => catalogVersionToWire(version));
    return { model_versions: wires, ...pageToken(page) };
  },
  getCatalogVersion: async ({ full_name: name, version }, { store }) => {
    return versionWire(store, await store.registry.getModelVersion({ name, version }));
  },
  updateCatalogVersion: async ({ full_name: name, version, comment }, { store }) => {
    const key = { name, version };
    const updated =
      comment === undefined
        ? await store.registry.getModelVersion(key)
        : await store.registry.updateModelVersion(key, comment);
    return versionWire(store, updated);
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

async function versionWire(
  { registry }: Services["store"],
  version: ModelVersion,
): Promise<ReturnType<typeof catalogVersionToWire>> {
  return catalogVersionToWire(version, await registry.getModelVersionDownloadUri(version));
}
