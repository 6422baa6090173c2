import { AppError } from "@flightdeck/core";
import { catalogAliasToWire, catalogModelToWire, splitFullName } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import { checkNewName, refuseDeploymentJob, refuseTwoChanges, renamed } from "./model-name.ts";
import { tagChange } from "@flightdeck/protocol";

type CatalogHandlers = Pick<
  Handlers,
  | "createCatalogModel"
  | "listCatalogModels"
  | "getCatalogModel"
  | "updateCatalogModel"
  | "deleteCatalogModel"
  | "setCatalogModelAlias"
  | "deleteCatalogModelAlias"
  | "tagCatalogModel"
>;

/** Registered models as Unity Catalog's own API has them. */
export const catalogHandlers: CatalogHandlers = {
  createCatalogModel: async (request, { store }) => {
    const name = `${request.catalog_name}.${request.schema_name}.${request.name}`;
    checkNewName(name);
    refuseDeploymentJob(request.deployment_job_id);
    const input = { name, description: request.comment, tags: request.tags };
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
    refuseDeploymentJob(request.deployment_job_id);
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
  tagCatalogModel: async (request, { store: { registry } }) => {
    const { name, added, removed } = tagChange(request);
    if (added !== undefined) await registry.setRegisteredModelTag(name, added);
    else await registry.deleteRegisteredModelTag(name, removed);
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
