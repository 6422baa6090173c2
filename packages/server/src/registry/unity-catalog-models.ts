import { AppError } from "@flightdeck/core";
import {
  catalogAliasToWire,
  catalogModelToWire,
  splitFullName,
  tagChange,
  unityCatalogModelToWire,
  unityCatalogVersionToWire,
} from "@flightdeck/protocol";
import type { Handlers } from "../calls/handler.ts";
import { registeredModelHandlers } from "./registered-model-handlers.ts";
import { checkNewName, refuseDeploymentJob, refuseTwoChanges, renamed } from "./unity-catalog-names.ts";

type UnityCatalogModelHandlers = Pick<
  Handlers,
  | "createUnityCatalogModel"
  | "updateUnityCatalogModel"
  | "deleteUnityCatalogModel"
  | "getUnityCatalogModel"
  | "searchUnityCatalogModels"
  | "setUnityCatalogModelTag"
  | "deleteUnityCatalogModelTag"
  | "setUnityCatalogModelAlias"
  | "deleteUnityCatalogModelAlias"
  | "getUnityCatalogVersionByAlias"
  | "isModelsArtifactRepositoryEnabled"
>;

/** Registered models in MLflow's dialect for Unity Catalog: the same models, without stages. */
export const unityCatalogModelHandlers: UnityCatalogModelHandlers = {
  createUnityCatalogModel: async ({ name, tags, description, deployment_job_id: job }, { store }) => {
    checkNewName(name);
    refuseDeploymentJob(job);
    const model = await store.registry.createRegisteredModel({ name, tags, description });
    return { registered_model: unityCatalogModelToWire(model) };
  },
  updateUnityCatalogModel: async (request, { store: { registry } }) => {
    const { name, new_name: newName = "", description } = request;
    refuseDeploymentJob(request.deployment_job_id);
    refuseTwoChanges(newName, description);
    if (newName !== "") {
      checkNewName(newName);
      const model = await registry.renameRegisteredModel(name, newName);
      return { registered_model: unityCatalogModelToWire(model) };
    }
    const model =
      description === undefined
        ? await registry.getRegisteredModel(name)
        : await registry.updateRegisteredModel(name, description);
    return { registered_model: unityCatalogModelToWire(model) };
  },
  deleteUnityCatalogModel: (request, context) =>
    registeredModelHandlers.deleteRegisteredModel(request, context),
  getUnityCatalogModel: async ({ name }, { store }) => {
    return { registered_model: unityCatalogModelToWire(await store.registry.getRegisteredModel(name)) };
  },
  searchUnityCatalogModels: async ({ max_results: maxResults, page_token: token }, { store }) => {
    const page = await store.registry.searchRegisteredModels({ maxResults, pageToken: token || undefined });
    return {
      registered_models: page.items.map(unityCatalogModelToWire),
      next_page_token: page.nextPageToken,
    };
  },
  setUnityCatalogModelTag: (request, context) =>
    registeredModelHandlers.setRegisteredModelTag(request, context),
  deleteUnityCatalogModelTag: (request, context) =>
    registeredModelHandlers.deleteRegisteredModelTag(request, context),
  setUnityCatalogModelAlias: (request, context) =>
    registeredModelHandlers.setRegisteredModelAlias(request, context),
  deleteUnityCatalogModelAlias: (request, context) =>
    registeredModelHandlers.deleteRegisteredModelAlias(request, context),
  getUnityCatalogVersionByAlias: async ({ name, alias }, { store: { registry } }) => {
    const version = await registry.getModelVersionByAlias(name, alias);
    const location = await registry.getModelVersionDownloadUri(version);
    return { model_version: unityCatalogVersionToWire(version, location) };
  },
  isModelsArtifactRepositoryEnabled: async () => {
    return { is_databricks_sdk_models_artifact_repository_enabled: true };
  },
};

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

/** Registered models in Unity Catalog's own API. */
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
    const page = await store.registry.searchRegisteredModels({
      filter: within === undefined ? undefined : `name LIKE '${within.replaceAll("'", "''")}%'`,
      maxResults: max || undefined, // databricks-sdk sends 0 for the default.
      pageToken: token || undefined,
    });
    // LIKE takes an underscore for any character.
    const models = page.items.filter(({ name }) => within === undefined || isIn(within, name));
    return { registered_models: models.map(catalogModelToWire), next_page_token: page.nextPageToken };
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

/** The prefix that all names in a schema share; undefined when the request asks for all models. */
function schemaPrefix(catalog: string | undefined, schema: string | undefined): string | undefined {
  if (catalog === undefined && schema === undefined) return undefined;
  if (catalog !== undefined && schema !== undefined) return `${catalog}.${schema}.`;
  const [given, missing] = catalog === undefined ? ["schema", "catalog"] : ["catalog", "schema"];
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `catalog_name and schema_name must be given together: got a ${given} without a ${missing}`,
  );
}

function isIn(prefix: string, name: string): boolean {
  return name.startsWith(prefix) && splitFullName(name).catalogName !== undefined;
}
