import { loggedModelToWire } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import { artifactPage } from "../artifacts/artifact-page.ts";

type LoggedModelHandlers = Pick<
  Handlers,
  | "createLoggedModel"
  | "getLoggedModel"
  | "finalizeLoggedModel"
  | "deleteLoggedModel"
  | "searchLoggedModels"
  | "setLoggedModelTags"
  | "deleteLoggedModelTag"
  | "logLoggedModelParams"
  | "listLoggedModelArtifacts"
>;

export const loggedModelHandlers: LoggedModelHandlers = {
  createLoggedModel: async (request, { store }) => {
    const model = await store.tracking.createLoggedModel({
      experimentId: request.experiment_id,
      modelType: request.model_type,
      params: request.params,
      tags: request.tags,
      // An empty name is none, as in protobuf's JSON form.
      ...present({ name: request.name || undefined, sourceRunId: request.source_run_id }),
    });
    return { model: loggedModelToWire(model) };
  },
  getLoggedModel: async ({ model_id: modelId }, { store }) => {
    return { model: loggedModelToWire(await store.tracking.getLoggedModel(modelId)) };
  },
  finalizeLoggedModel: async ({ model_id: modelId, status }, { store }) => {
    return { model: loggedModelToWire(await store.tracking.finalizeLoggedModel(modelId, status)) };
  },
  deleteLoggedModel: async ({ model_id: modelId }, { store }) => {
    await store.tracking.deleteLoggedModel(modelId);
    return {};
  },
  searchLoggedModels: async (request, { store }) => {
    const orderBy = request.order_by.map((order) => ({
      fieldName: order.field_name,
      ascending: order.ascending,
      ...present({ datasetName: order.dataset_name, datasetDigest: order.dataset_digest }),
    }));
    const datasets = request.datasets.map((dataset) => ({
      datasetName: dataset.dataset_name,
      ...present({ datasetDigest: dataset.dataset_digest }),
    }));
    const page = await store.tracking.searchLoggedModels({
      experimentIds: request.experiment_ids,
      datasets,
      orderBy,
      ...present({ filter: request.filter, maxResults: request.max_results, pageToken: request.page_token }),
    });
    return { models: page.items.map(loggedModelToWire), ...pageToken(page) };
  },
  setLoggedModelTags: async ({ model_id: modelId, tags }, { store }) => {
    return { model: loggedModelToWire(await store.tracking.setLoggedModelTags(modelId, tags)) };
  },
  deleteLoggedModelTag: async ({ model_id: modelId, tag_key: key }, { store }) => {
    await store.tracking.deleteLoggedModelTag(modelId, key);
    return {};
  },
  logLoggedModelParams: async ({ model_id: modelId, params }, { store }) => {
    await store.tracking.logLoggedModelParams(modelId, params);
    return {};
  },
  listLoggedModelArtifacts: async (request, { store, artifacts }) => {
    const { artifactUri } = await store.tracking.getLoggedModel(request.model_id);
    const files = await artifacts.list(artifactUri, request.artifact_directory_path ?? "");
    return { root_uri: artifactUri, ...artifactPage(files, request.page_token) };
  },
};
