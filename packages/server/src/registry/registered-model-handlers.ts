import { modelVersionToWire, registeredModelToWire } from "@flightdeck/protocol";
import type { Handlers } from "../calls/handler.ts";

type RegisteredModelHandlers = Pick<
  Handlers,
  | "createRegisteredModel"
  | "getRegisteredModel"
  | "renameRegisteredModel"
  | "updateRegisteredModel"
  | "deleteRegisteredModel"
  | "searchRegisteredModels"
  | "listRegisteredModels"
  | "getLatestVersions"
  | "setRegisteredModelTag"
  | "deleteRegisteredModelTag"
  | "setRegisteredModelAlias"
  | "deleteRegisteredModelAlias"
  | "getModelVersionByAlias"
>;

export const registeredModelHandlers: RegisteredModelHandlers = {
  createRegisteredModel: async ({ name, tags, description }, { store }) => {
    const model = await store.registry.createRegisteredModel({ name, tags, description });
    return { registered_model: registeredModelToWire(model) };
  },
  getRegisteredModel: async ({ name }, { store }) => {
    return { registered_model: registeredModelToWire(await store.registry.getRegisteredModel(name)) };
  },
  renameRegisteredModel: async ({ name, new_name: newName }, { store }) => {
    const model = await store.registry.renameRegisteredModel(name, newName);
    return { registered_model: registeredModelToWire(model) };
  },
  updateRegisteredModel: async ({ name, description }, { store }) => {
    const model =
      description === undefined
        ? await store.registry.getRegisteredModel(name)
        : await store.registry.updateRegisteredModel(name, description);
    return { registered_model: registeredModelToWire(model) };
  },
  deleteRegisteredModel: async ({ name }, { store }) => {
    await store.registry.deleteRegisteredModel(name);
    return {};
  },
  searchRegisteredModels: async (request, { store }) => {
    const page = await store.registry.searchRegisteredModels({
      orderBy: request.order_by,
      filter: request.filter,
      maxResults: request.max_results,
      pageToken: request.page_token,
    });
    return { registered_models: page.items.map(registeredModelToWire), next_page_token: page.nextPageToken };
  },
  listRegisteredModels: async (request, { store }) => {
    const page = await store.registry.searchRegisteredModels({
      maxResults: request.max_results,
      pageToken: request.page_token,
    });
    return { registered_models: page.items.map(registeredModelToWire), next_page_token: page.nextPageToken };
  },
  getLatestVersions: async ({ name, stages }, { store }) => {
    const versions = await store.registry.getLatestVersions(name, stages);
    return { model_versions: versions.map(modelVersionToWire) };
  },
  setRegisteredModelTag: async ({ name, key, value }, { store }) => {
    await store.registry.setRegisteredModelTag(name, { key, value });
    return {};
  },
  deleteRegisteredModelTag: async ({ name, key }, { store }) => {
    await store.registry.deleteRegisteredModelTag(name, key);
    return {};
  },
  setRegisteredModelAlias: async ({ name, version, alias }, { store }) => {
    await store.registry.setRegisteredModelAlias({ name, version }, alias);
    return {};
  },
  deleteRegisteredModelAlias: async ({ name, alias }, { store }) => {
    await store.registry.deleteRegisteredModelAlias(name, alias);
    return {};
  },
  getModelVersionByAlias: async ({ name, alias }, { store }) => {
    const version = await store.registry.getModelVersionByAlias(name, alias);
    return { model_version: modelVersionToWire(version) };
  },
};
