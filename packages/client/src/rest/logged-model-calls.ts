import {
  type ArtifactPage,
  type CreateLoggedModelInput,
  createLoggedModelToWire,
  endpoints,
  fileInfoFromWire,
  type ListLoggedModelArtifactsInput,
  listLoggedModelArtifactsToWire,
  type LoggedModel,
  loggedModelFromWire,
  type LoggedModelStatus,
  type Page,
  type Param,
  type SearchLoggedModelsInput,
  searchLoggedModelsToWire,
  type Tag,
} from "@flightdeck/protocol";
import { allItems, toPage } from "./page.ts";
import type { CallOptions, RestClient } from "./rest-client.ts";

/** Calls for logged models (MLflow 3). */
export type LoggedModelCalls = {
  /** The new model is PENDING until it is finalized. Upload its files to its `artifactUri`. */
  createLoggedModel(input: CreateLoggedModelInput, options?: CallOptions): Promise<LoggedModel>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getLoggedModel(modelId: string, options?: CallOptions): Promise<LoggedModel>;

  finalizeLoggedModel(
    modelId: string,
    status: LoggedModelStatus,
    options?: CallOptions,
  ): Promise<LoggedModel>;

  deleteLoggedModel(modelId: string, options?: CallOptions): Promise<void>;

  /** One page. The default order is newest first. */
  searchLoggedModels(input: SearchLoggedModelsInput, options?: CallOptions): Promise<Page<LoggedModel>>;

  /** All pages, fetched as they are needed. */
  searchLoggedModelsAll(
    input: Omit<SearchLoggedModelsInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<LoggedModel, void, undefined>;

  setLoggedModelTags(modelId: string, tags: readonly Tag[], options?: CallOptions): Promise<LoggedModel>;

  deleteLoggedModelTag(modelId: string, key: string, options?: CallOptions): Promise<void>;

  logLoggedModelParams(modelId: string, params: readonly Param[], options?: CallOptions): Promise<void>;

  /** One page of the direct children of a folder of the model's files. */
  listLoggedModelArtifacts(
    input: ListLoggedModelArtifactsInput,
    options?: CallOptions,
  ): Promise<ArtifactPage>;
};

/** The calls, sent through `rest`. */
export function loggedModelCalls(rest: RestClient): LoggedModelCalls {
  const calls: LoggedModelCalls = {
    async createLoggedModel(input, options) {
      return loggedModelFromWire(
        (await rest.call(endpoints.createLoggedModel, createLoggedModelToWire(input), options)).model,
      );
    },

    async getLoggedModel(modelId, options) {
      const request = { model_id: modelId };
      return loggedModelFromWire((await rest.call(endpoints.getLoggedModel, request, options)).model);
    },

    async finalizeLoggedModel(modelId, status, options) {
      const request = { model_id: modelId, status };
      return loggedModelFromWire((await rest.call(endpoints.finalizeLoggedModel, request, options)).model);
    },

    async deleteLoggedModel(modelId, options) {
      await rest.call(endpoints.deleteLoggedModel, { model_id: modelId }, options);
    },

    async searchLoggedModels(input, options) {
      const answer = await rest.call(endpoints.searchLoggedModels, searchLoggedModelsToWire(input), options);
      return toPage(answer.models.map(loggedModelFromWire), answer.next_page_token);
    },

    searchLoggedModelsAll(input, options) {
      return allItems((pageToken) => calls.searchLoggedModels({ ...input, pageToken }, options));
    },

    async setLoggedModelTags(modelId, tags, options) {
      const request = { model_id: modelId, tags: [...tags] };
      return loggedModelFromWire((await rest.call(endpoints.setLoggedModelTags, request, options)).model);
    },

    async deleteLoggedModelTag(modelId, key, options) {
      await rest.call(endpoints.deleteLoggedModelTag, { model_id: modelId, tag_key: key }, options);
    },

    async logLoggedModelParams(modelId, params, options) {
      await rest.call(endpoints.logLoggedModelParams, { model_id: modelId, params: [...params] }, options);
    },

    async listLoggedModelArtifacts(input, options) {
      const answer = await rest.call(
        endpoints.listLoggedModelArtifacts,
        listLoggedModelArtifactsToWire(input),
        options,
      );
      return {
        ...toPage(answer.files.map(fileInfoFromWire), answer.next_page_token),
        rootUri: answer.root_uri,
      };
    },
  };
  return calls;
}
