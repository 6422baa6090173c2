import { unityCatalogModelToWire, unityCatalogVersionToWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import { registeredModelHandlers } from "../registry/registered-model-handlers.ts";
import { checkNewName, refuseDeploymentJob, refuseTwoChanges } from "./model-name.ts";

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

/** Registered models in the dialect of Unity Catalog: the same as everywhere else, without stages. */
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
    const page = await store.registry.searchRegisteredModels(
      present({ maxResults, pageToken: token || undefined }),
    );
    return { registered_models: page.items.map(unityCatalogModelToWire), ...pageToken(page) };
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
