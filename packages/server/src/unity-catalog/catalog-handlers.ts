import { AppError } from "@flightdeck/core";
import {
  catalogAliasToWire,
  catalogModelToWire,
  catalogVersionToWire,
  type ModelVersion,
  splitFullName,
} from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import type { Services } from "../api/services.ts";
import { checkNewName, refuseTwoChanges, renamed } from "./model-name.ts";

type CatalogHandlers = Pick<
  Handlers,
  | "createCatalogModel"
  | "listCatalogModels"
  | "getCatalogModel"
  | "updateCatalogModel"
  | "deleteCatalogModel"
  | "setCatalogModelAlias"
  | "deleteCatalogModelAlias"
  | "getCatalogVersionByAlias"
  | "listCatalogVersions"
  | "getCatalogVersion"
  | "updateCatalogVersion"
  | "deleteCatalogVersion"
>;

/** Registered models as Unity Catalog's own API has them. */
export const catalogHandlers: CatalogHandlers = {
  createCatalogModel: async (request, { store }) => {
    const name = `${request.catalog_name}.${request.schema_name}.${request.name}`;
    checkNewName(name);
    const input = { name, description: request.comment };
    return catalogModelToWire(await store.registry.createRegisteredModel(input));
  },
  listCatalogModels: async (request, { store }) => {
    const { catalog_name: catalog, schema_name: schema, max_results: max, page_token: token } = request;
    const within = schemaPrefix(catalog || undefined, schema || undefined);
    const page = await store.registry.searchRegisteredModels(
      present({
        filter: within === undefined ? undefined : `name LIKE '${within.replaceAll("'", "''")}%'`,
        maxResults: max || undefined, // databricks-sdk says 0 for "as the server likes".
        pageToken: token || undefined,
      }),
    );
    // In a pattern, an underscore is any character.
    const models = page.items.filter(({ name }) => within === undefined || isIn(within, name));
    return { registered_models: models.map(catalogModelToWire), ...pageToken(page) };
  },
  getCatalogModel: async ({ full_name: name }, { store }) => {
    return catalogModelToWire(await store.registry.getRegisteredModel(name));
  },
  updateCatalogModel: async (request, { store: { registry } }) => {
    const { full_name: name, new_name: newName = "", comment } = request;
    refuseTwoChanges(newName, comment);
    if (newName !== "") {
      const target = renamed(name, newName);
      checkNewName(target);
      return catalogModelToWire(await registry.renameRegisteredModel(name, target));
    }
    return catalogModelToWire(
      comment === undefined
        ? await registry.getRegisteredModel(name)
        : await registry.updateRegisteredModel(name, comment),
    );
  },
  deleteCatalogModel: async ({ full_name: name }, { store }) => {
    await store.registry.deleteRegisteredModel(name);
    return {};
  },
  setCatalogModelAlias: async ({ full_name: name, alias, version_num: version }, { store }) => {
    await store.registry.setRegisteredModelAlias({ name, version: String(version) }, alias);
    return catalogAliasToWire(name, { alias, version });
  },
  deleteCatalogModelAlias: async ({ full_name: name, alias }, { store }) => {
    await store.registry.deleteRegisteredModelAlias(name, alias);
    return {};
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
};

/** What the names of all models in a schema begin with; undefined when all models are asked for. */
function schemaPrefix(catalog: string | undefined, schema: string | undefined): string | undefined {
  if (catalog === undefined && schema === undefined) return undefined;
  if (catalog !== undefined && schema !== undefined) return `${catalog}.${schema}.`;
  const [given, missing] = catalog === undefined ? ["schema", "catalog"] : ["catalog", "schema"];
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `catalog_name and schema_name come together or not at all: got a ${given} without a ${missing}`,
  );
}

function isIn(prefix: string, name: string): boolean {
  return name.startsWith(prefix) && splitFullName(name).catalogName !== undefined;
}

async function versionWire(
  { registry }: Services["store"],
  version: ModelVersion,
): Promise<ReturnType<typeof catalogVersionToWire>> {
  return catalogVersionToWire(version, await registry.getModelVersionDownloadUri(version));
}
