import { type ModelVersion, parseLineageHeader, unityCatalogVersionToWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import type { Services } from "../api/services.ts";
import { modelVersionHandlers } from "../registry/model-version-handlers.ts";
import { lineageTags, recordLineage } from "./lineage.ts";

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

/** Versions in the dialect of Unity Catalog, where the registry keeps their files itself. */
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
      // protobuf's clients send "" for absent.
      ...present({ runId: request.run_id, modelId: request.model_id }),
    });
    return versionWire(store, version);
  },
  finalizeUnityCatalogVersion: async ({ name, version }, { store }) => {
    return versionWire(store, await store.registry.finalizeModelVersion({ name, version }));
  },
  updateUnityCatalogVersion: async ({ name, version, description }, { store }) => {
    const key = { name, version };
    const updated =
      description === undefined
        ? await store.registry.getModelVersion(key)
        : await store.registry.updateModelVersion(key, description);
    return versionWire(store, updated);
  },
  deleteUnityCatalogVersion: (request, context) => modelVersionHandlers.deleteModelVersion(request, context),
  getUnityCatalogVersion: async ({ name, version }, { store }) => {
    return versionWire(store, await store.registry.getModelVersion({ name, version }));
  },
  searchUnityCatalogVersions: async (request, { store }) => {
    const { filter, max_results: maxResults, page_token: token } = request;
    const page = await store.registry.searchModelVersions(
      present({ filter, maxResults, pageToken: token || undefined }),
    );
    const wires = page.items.map((version) => unityCatalogVersionToWire(version));
    return { model_versions: wires, ...pageToken(page) };
  },
  setUnityCatalogVersionTag: (request, context) => modelVersionHandlers.setModelVersionTag(request, context),
  deleteUnityCatalogVersionTag: (request, context) =>
    modelVersionHandlers.deleteModelVersionTag(request, context),
  getUnityCatalogVersionDownloadUri: (request, context) =>
    modelVersionHandlers.getModelVersionDownloadUri(request, context),
  generateUnityCatalogCredentials: async ({ name, version, operation }, { store, client }) => {
    const isReading = operation !== "MODEL_VERSION_OPERATION_READ_WRITE";
    const told = isReading ? lineageTags(parseLineageHeader(client.lineageHeader), "DOWNSTREAM") : [];
    await recordLineage(store.registry, { name, version }, told);
    return { credentials: { storage_mode: "DEFAULT_STORAGE" } };
  },
  emitUnityCatalogLineage: async (request, { store }) => {
    const { name, version, model_version_lineage_info: info, securable } = request;
    const told = { entities: info?.entities ?? [], securables: securable === undefined ? [] : [securable] };
    await recordLineage(
      store.registry,
      { name, version },
      lineageTags(told, info?.direction ?? "DOWNSTREAM"),
    );
    return {};
  },
};

async function versionWire(
  { registry }: Services["store"],
  version: ModelVersion,
): Promise<{ model_version: ReturnType<typeof unityCatalogVersionToWire> }> {
  const location = await registry.getModelVersionDownloadUri(version);
  return { model_version: unityCatalogVersionToWire(version, location) };
}
