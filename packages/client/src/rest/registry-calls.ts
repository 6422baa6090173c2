import {
  endpoints,
  type ModelVersion,
  modelVersionFromWire,
  type RegisteredModel,
  registeredModelFromWire,
  type Tag,
} from "@flightdeck/protocol";
import { allItems, type Page, toPage } from "./page.ts";
import type { CallOptions } from "./rest-client.ts";
import { TraceCalls } from "./trace-calls.ts";

export type CreateRegisteredModelInput = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

export type CreateModelVersionInput = {
  readonly name: string;
  /** Where the files are: `models:/m-…`, `runs:/…` resolved, or an artifact URI of the server. */
  readonly source: string;
  readonly runId?: string | undefined;
  readonly runLink?: string | undefined;
  readonly modelId?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

export type SearchRegistryInput = {
  readonly filter?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

export type ModelVersionKey = { readonly name: string; readonly version: string };

export type TransitionStageInput = ModelVersionKey & {
  readonly stage: string;
  /** Default false. */
  readonly archiveExistingVersions?: boolean | undefined;
};

/** The calls on the model registry; `MlflowClient` is made of these and those below. */
export class RegistryCalls extends TraceCalls {
  /** A taken name throws `RESOURCE_ALREADY_EXISTS`. */
  async createRegisteredModel(
    input: CreateRegisteredModelInput,
    options?: CallOptions,
  ): Promise<RegisteredModel> {
    const { name, description, tags = [] } = input;
    const request = { name, description, tags: [...tags] };
    const answer = await this.call(endpoints.createRegisteredModel, request, options);
    return registeredModelFromWire(answer.registered_model);
  }

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  async getRegisteredModel(name: string, options?: CallOptions): Promise<RegisteredModel> {
    const answer = await this.call(endpoints.getRegisteredModel, { name }, options);
    return registeredModelFromWire(answer.registered_model);
  }

  async renameRegisteredModel(
    name: string,
    newName: string,
    options?: CallOptions,
  ): Promise<RegisteredModel> {
    const request = { name, new_name: newName };
    const answer = await this.call(endpoints.renameRegisteredModel, request, options);
    return registeredModelFromWire(answer.registered_model);
  }

  async updateRegisteredModel(
    name: string,
    description: string,
    options?: CallOptions,
  ): Promise<RegisteredModel> {
    const answer = await this.call(endpoints.updateRegisteredModel, { name, description }, options);
    return registeredModelFromWire(answer.registered_model);
  }

  /** Deletes its versions, tags and aliases too. */
  async deleteRegisteredModel(name: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteRegisteredModel, { name }, options);
  }

  /** One page. */
  async searchRegisteredModels(
    input: SearchRegistryInput = {},
    options?: CallOptions,
  ): Promise<Page<RegisteredModel>> {
    const answer = await this.call(endpoints.searchRegisteredModels, searchRequest(input), options);
    return toPage(answer.registered_models.map(registeredModelFromWire), answer.next_page_token);
  }

  /** All pages, fetched as they are needed. */
  searchRegisteredModelsAll(
    input: Omit<SearchRegistryInput, "pageToken"> = {},
    options?: CallOptions,
  ): AsyncGenerator<RegisteredModel, void, undefined> {
    return allItems((pageToken) => this.searchRegisteredModels({ ...input, pageToken }, options));
  }

  async setRegisteredModelTag(name: string, tag: Tag, options?: CallOptions): Promise<void> {
    await this.call(endpoints.setRegisteredModelTag, { name, ...tag }, options);
  }

  async deleteRegisteredModelTag(name: string, key: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteRegisteredModelTag, { name, key }, options);
  }

  /** Points the alias at the version, away from any other. */
  async setRegisteredModelAlias(key: ModelVersionKey, alias: string, options?: CallOptions): Promise<void> {
    const { name, version } = key;
    await this.call(endpoints.setRegisteredModelAlias, { name, version, alias }, options);
  }

  async deleteRegisteredModelAlias(name: string, alias: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteRegisteredModelAlias, { name, alias }, options);
  }

  async getModelVersionByAlias(name: string, alias: string, options?: CallOptions): Promise<ModelVersion> {
    const answer = await this.call(endpoints.getModelVersionByAlias, { name, alias }, options);
    return modelVersionFromWire(answer.model_version);
  }

  /** The newest version of each stage asked for; no stages means all of them. */
  async getLatestVersions(
    name: string,
    stages: readonly string[] = [],
    options?: CallOptions,
  ): Promise<readonly ModelVersion[]> {
    const answer = await this.call(endpoints.getLatestVersions, { name, stages: [...stages] }, options);
    return answer.model_versions.map(modelVersionFromWire);
  }

  /** Versions count from 1 per registered model, which must exist. */
  async createModelVersion(input: CreateModelVersionInput, options?: CallOptions): Promise<ModelVersion> {
    const { name, source, runId, runLink, modelId, description, tags = [] } = input;
    const request = {
      name,
      source,
      run_id: runId,
      run_link: runLink,
      model_id: modelId,
      description,
      tags: [...tags],
    };
    const answer = await this.call(endpoints.createModelVersion, request, options);
    return modelVersionFromWire(answer.model_version);
  }

  async getModelVersion({ name, version }: ModelVersionKey, options?: CallOptions): Promise<ModelVersion> {
    const answer = await this.call(endpoints.getModelVersion, { name, version }, options);
    return modelVersionFromWire(answer.model_version);
  }

  async updateModelVersion(
    { name, version }: ModelVersionKey,
    description: string,
    options?: CallOptions,
  ): Promise<ModelVersion> {
    const answer = await this.call(endpoints.updateModelVersion, { name, version, description }, options);
    return modelVersionFromWire(answer.model_version);
  }

  async transitionModelVersionStage(
    input: TransitionStageInput,
    options?: CallOptions,
  ): Promise<ModelVersion> {
    const { name, version, stage, archiveExistingVersions } = input;
    const request = { name, version, stage, archive_existing_versions: archiveExistingVersions };
    const answer = await this.call(endpoints.transitionModelVersionStage, request, options);
    return modelVersionFromWire(answer.model_version);
  }

  async deleteModelVersion({ name, version }: ModelVersionKey, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteModelVersion, { name, version }, options);
  }

  /** One page. */
  async searchModelVersions(
    input: SearchRegistryInput = {},
    options?: CallOptions,
  ): Promise<Page<ModelVersion>> {
    const answer = await this.call(endpoints.searchModelVersions, searchRequest(input), options);
    return toPage(answer.model_versions.map(modelVersionFromWire), answer.next_page_token);
  }

  /** All pages, fetched as they are needed. */
  searchModelVersionsAll(
    input: Omit<SearchRegistryInput, "pageToken"> = {},
    options?: CallOptions,
  ): AsyncGenerator<ModelVersion, void, undefined> {
    return allItems((pageToken) => this.searchModelVersions({ ...input, pageToken }, options));
  }

  /** The artifact URI that the version's files are downloaded from. */
  async getModelVersionDownloadUri(
    { name, version }: ModelVersionKey,
    options?: CallOptions,
  ): Promise<string> {
    return (await this.call(endpoints.getModelVersionDownloadUri, { name, version }, options)).artifact_uri;
  }

  async setModelVersionTag(
    { name, version }: ModelVersionKey,
    tag: Tag,
    options?: CallOptions,
  ): Promise<void> {
    await this.call(endpoints.setModelVersionTag, { name, version, ...tag }, options);
  }

  async deleteModelVersionTag(
    { name, version }: ModelVersionKey,
    key: string,
    options?: CallOptions,
  ): Promise<void> {
    await this.call(endpoints.deleteModelVersionTag, { name, version, key }, options);
  }
}

type SearchRequest = {
  filter: string | undefined;
  max_results: number | undefined;
  order_by: string[];
  page_token: string | undefined;
};

function searchRequest({ filter, maxResults, orderBy = [], pageToken }: SearchRegistryInput): SearchRequest {
  return { filter, max_results: maxResults, order_by: [...orderBy], page_token: pageToken };
}
