import {
  type CreateModelVersionInput,
  createModelVersionToWire,
  type CreateRegisteredModelInput,
  createRegisteredModelToWire,
  endpoints,
  type ModelVersion,
  modelVersionFromWire,
  type ModelVersionKey,
  type Page,
  type RegisteredModel,
  registeredModelFromWire,
  type SearchRegistryInput,
  searchRegistryToWire,
  type Tag,
  transitionModelVersionStageToWire,
  type TransitionStageInput,
} from "@flightdeck/protocol";
import { allItems, toPage } from "./page.ts";
import type { CallOptions, RestClient } from "./rest-client.ts";

/**
 * Calls for a model registry. `registryCalls` implements them for the tracking server's own registry,
 * `unityCatalogCalls` for Unity Catalog.
 */
export type RegistryCalls = {
  /** Throws `RESOURCE_ALREADY_EXISTS` if the name is taken. */
  createRegisteredModel(input: CreateRegisteredModelInput, options?: CallOptions): Promise<RegisteredModel>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getRegisteredModel(name: string, options?: CallOptions): Promise<RegisteredModel>;

  renameRegisteredModel(name: string, newName: string, options?: CallOptions): Promise<RegisteredModel>;

  updateRegisteredModel(name: string, description: string, options?: CallOptions): Promise<RegisteredModel>;

  /** Also deletes its versions, tags and aliases. */
  deleteRegisteredModel(name: string, options?: CallOptions): Promise<void>;

  /** One page. */
  searchRegisteredModels(input?: SearchRegistryInput, options?: CallOptions): Promise<Page<RegisteredModel>>;

  /** All pages, fetched as they are needed. */
  searchRegisteredModelsAll(
    input?: Omit<SearchRegistryInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<RegisteredModel, void, undefined>;

  setRegisteredModelTag(name: string, tag: Tag, options?: CallOptions): Promise<void>;

  deleteRegisteredModelTag(name: string, key: string, options?: CallOptions): Promise<void>;

  /** Points the alias at this version; if it pointed at another, it is moved. */
  setRegisteredModelAlias(modelVersion: ModelVersionKey, alias: string, options?: CallOptions): Promise<void>;

  deleteRegisteredModelAlias(name: string, alias: string, options?: CallOptions): Promise<void>;

  getModelVersionByAlias(name: string, alias: string, options?: CallOptions): Promise<ModelVersion>;

  /** The newest version of each given stage, or of every stage if none is given. */
  getLatestVersions(
    name: string,
    stages?: readonly string[],
    options?: CallOptions,
  ): Promise<readonly ModelVersion[]>;

  /** The registered model must exist. Its versions are numbered from 1. */
  createModelVersion(input: CreateModelVersionInput, options?: CallOptions): Promise<ModelVersion>;

  getModelVersion(modelVersion: ModelVersionKey, options?: CallOptions): Promise<ModelVersion>;

  updateModelVersion(
    modelVersion: ModelVersionKey,
    description: string,
    options?: CallOptions,
  ): Promise<ModelVersion>;

  transitionModelVersionStage(input: TransitionStageInput, options?: CallOptions): Promise<ModelVersion>;

  deleteModelVersion(modelVersion: ModelVersionKey, options?: CallOptions): Promise<void>;

  /** One page. */
  searchModelVersions(input?: SearchRegistryInput, options?: CallOptions): Promise<Page<ModelVersion>>;

  /** All pages, fetched as they are needed. */
  searchModelVersionsAll(
    input?: Omit<SearchRegistryInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<ModelVersion, void, undefined>;

  /** The artifact URI to download the version's files from. */
  getModelVersionDownloadUri(modelVersion: ModelVersionKey, options?: CallOptions): Promise<string>;

  setModelVersionTag(modelVersion: ModelVersionKey, tag: Tag, options?: CallOptions): Promise<void>;

  deleteModelVersionTag(modelVersion: ModelVersionKey, key: string, options?: CallOptions): Promise<void>;
};

/** The calls for the tracking server's own registry. */
export function registryCalls(rest: RestClient): RegistryCalls {
  const calls: RegistryCalls = {
    async createRegisteredModel(input, options) {
      const answer = await rest.call(
        endpoints.createRegisteredModel,
        createRegisteredModelToWire(input),
        options,
      );
      return registeredModelFromWire(answer.registered_model);
    },

    async getRegisteredModel(name, options) {
      const answer = await rest.call(endpoints.getRegisteredModel, { name }, options);
      return registeredModelFromWire(answer.registered_model);
    },

    async renameRegisteredModel(name, newName, options) {
      const request = { name, new_name: newName };
      const answer = await rest.call(endpoints.renameRegisteredModel, request, options);
      return registeredModelFromWire(answer.registered_model);
    },

    async updateRegisteredModel(name, description, options) {
      const answer = await rest.call(endpoints.updateRegisteredModel, { name, description }, options);
      return registeredModelFromWire(answer.registered_model);
    },

    async deleteRegisteredModel(name, options) {
      await rest.call(endpoints.deleteRegisteredModel, { name }, options);
    },

    async searchRegisteredModels(input = {}, options) {
      const answer = await rest.call(endpoints.searchRegisteredModels, searchRegistryToWire(input), options);
      return toPage(answer.registered_models.map(registeredModelFromWire), answer.next_page_token);
    },

    searchRegisteredModelsAll(input = {}, options) {
      return allItems((pageToken) => calls.searchRegisteredModels({ ...input, pageToken }, options));
    },

    async setRegisteredModelTag(name, tag, options) {
      await rest.call(endpoints.setRegisteredModelTag, { name, ...tag }, options);
    },

    async deleteRegisteredModelTag(name, key, options) {
      await rest.call(endpoints.deleteRegisteredModelTag, { name, key }, options);
    },

    async setRegisteredModelAlias({ name, version }, alias, options) {
      await rest.call(endpoints.setRegisteredModelAlias, { name, version, alias }, options);
    },

    async deleteRegisteredModelAlias(name, alias, options) {
      await rest.call(endpoints.deleteRegisteredModelAlias, { name, alias }, options);
    },

    async getModelVersionByAlias(name, alias, options) {
      const answer = await rest.call(endpoints.getModelVersionByAlias, { name, alias }, options);
      return modelVersionFromWire(answer.model_version);
    },

    async getLatestVersions(name, stages = [], options) {
      const answer = await rest.call(endpoints.getLatestVersions, { name, stages: [...stages] }, options);
      return answer.model_versions.map(modelVersionFromWire);
    },

    async createModelVersion(input, options) {
      const answer = await rest.call(endpoints.createModelVersion, createModelVersionToWire(input), options);
      return modelVersionFromWire(answer.model_version);
    },

    async getModelVersion({ name, version }, options) {
      const answer = await rest.call(endpoints.getModelVersion, { name, version }, options);
      return modelVersionFromWire(answer.model_version);
    },

    async updateModelVersion({ name, version }, description, options) {
      const answer = await rest.call(endpoints.updateModelVersion, { name, version, description }, options);
      return modelVersionFromWire(answer.model_version);
    },

    async transitionModelVersionStage(input, options) {
      const answer = await rest.call(
        endpoints.transitionModelVersionStage,
        transitionModelVersionStageToWire(input),
        options,
      );
      return modelVersionFromWire(answer.model_version);
    },

    async deleteModelVersion({ name, version }, options) {
      await rest.call(endpoints.deleteModelVersion, { name, version }, options);
    },

    async searchModelVersions(input = {}, options) {
      const answer = await rest.call(endpoints.searchModelVersions, searchRegistryToWire(input), options);
      return toPage(answer.model_versions.map(modelVersionFromWire), answer.next_page_token);
    },

    searchModelVersionsAll(input = {}, options) {
      return allItems((pageToken) => calls.searchModelVersions({ ...input, pageToken }, options));
    },

    async getModelVersionDownloadUri({ name, version }, options) {
      return (await rest.call(endpoints.getModelVersionDownloadUri, { name, version }, options)).artifact_uri;
    },

    async setModelVersionTag({ name, version }, tag, options) {
      await rest.call(endpoints.setModelVersionTag, { name, version, ...tag }, options);
    },

    async deleteModelVersionTag({ name, version }, key, options) {
      await rest.call(endpoints.deleteModelVersionTag, { name, version, key }, options);
    },
  };
  return calls;
}
