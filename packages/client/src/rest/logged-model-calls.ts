import {
  endpoints,
  fileInfoFromWire,
  type LoggedModel,
  loggedModelFromWire,
  type LoggedModelStatus,
  type Param,
  type Tag,
} from "@flightdeck/protocol";
import { allItems, type Page, toPage } from "./page.ts";
import type { CallOptions, RestClient } from "./rest-client.ts";
import type { ArtifactPage } from "./run-calls.ts";

export type CreateLoggedModelInput = {
  readonly experimentId: string;
  readonly name?: string | undefined;
  readonly modelType?: string | undefined;
  readonly sourceRunId?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
  readonly params?: readonly Param[] | undefined;
};

/** Which measurements count: those on one dataset. */
export type DatasetFilter = {
  readonly datasetName: string;
  readonly datasetDigest?: string | undefined;
};

export type LoggedModelOrder = Partial<DatasetFilter> & {
  /** For example `creation_timestamp` or `metrics.accuracy`. */
  readonly fieldName: string;
  readonly ascending: boolean;
};

export type SearchLoggedModelsInput = {
  readonly experimentIds: readonly string[];
  readonly filter?: string | undefined;
  /** Metrics in the filter are those measured on one of these. */
  readonly datasets?: readonly DatasetFilter[] | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly LoggedModelOrder[] | undefined;
  readonly pageToken?: string | undefined;
};

export type ListLoggedModelArtifactsInput = {
  readonly modelId: string;
  /** A folder of the model; absent means its root. */
  readonly path?: string | undefined;
  readonly pageToken?: string | undefined;
};

/** The calls on logged models (MLflow 3). */
export type LoggedModelCalls = {
  /** The new model is PENDING until it is finalized; its `artifactUri` is where its files go. */
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

  /** One page of a model's files, direct children only. */
  listLoggedModelArtifacts(
    input: ListLoggedModelArtifactsInput,
    options?: CallOptions,
  ): Promise<ArtifactPage>;
};

/** Sends these calls through `rest`. */
export function loggedModelCalls(rest: RestClient): LoggedModelCalls {
  const calls: LoggedModelCalls = {
    async createLoggedModel(input, options) {
      const { experimentId, name, modelType, sourceRunId, tags = [], params = [] } = input;
      const request = {
        experiment_id: experimentId,
        name,
        model_type: modelType,
        source_run_id: sourceRunId,
        tags: [...tags],
        params: [...params],
      };
      return loggedModelFromWire((await rest.call(endpoints.createLoggedModel, request, options)).model);
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
      const { experimentIds, filter, datasets = [], maxResults, orderBy = [], pageToken } = input;
      const request = {
        experiment_ids: [...experimentIds],
        filter,
        datasets: datasets.map(datasetFilterToWire),
        max_results: maxResults,
        order_by: orderBy.map(orderToWire),
        page_token: pageToken,
      };
      const answer = await rest.call(endpoints.searchLoggedModels, request, options);
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
      const { modelId, path, pageToken } = input;
      const request = { model_id: modelId, artifact_directory_path: path, page_token: pageToken };
      const answer = await rest.call(endpoints.listLoggedModelArtifacts, request, options);
      return {
        ...toPage(answer.files.map(fileInfoFromWire), answer.next_page_token),
        rootUri: answer.root_uri,
      };
    },
  };
  return calls;
}

type DatasetFilterWire = { dataset_name: string; dataset_digest: string | undefined };

function datasetFilterToWire({ datasetName, datasetDigest }: DatasetFilter): DatasetFilterWire {
  return { dataset_name: datasetName, dataset_digest: datasetDigest };
}

type LoggedModelOrderWire = Partial<DatasetFilterWire> & { field_name: string; ascending: boolean };

function orderToWire({ fieldName, ascending, ...dataset }: LoggedModelOrder): LoggedModelOrderWire {
  const { datasetName, datasetDigest } = dataset;
  const order = { field_name: fieldName, ascending };
  return datasetName === undefined
    ? order
    : { ...order, ...datasetFilterToWire({ datasetName, datasetDigest }) };
}
