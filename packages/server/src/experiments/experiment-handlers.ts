import { AppError } from "@flightdeck/core";
import { datasetSummaryToWire, experimentToWire } from "@flightdeck/protocol";
import { checkArtifactLocation } from "../artifacts/check-artifact-location.ts";
import { artifactPlaceOf } from "../workspace/artifact-root.ts";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";

type ExperimentHandlers = Pick<
  Handlers,
  | "createExperiment"
  | "getExperiment"
  | "getExperimentByName"
  | "searchExperiments"
  | "listExperiments"
  | "updateExperiment"
  | "deleteExperiment"
  | "restoreExperiment"
  | "setExperimentTag"
  | "deleteExperimentTag"
  | "searchDatasets"
>;

export const experimentHandlers: ExperimentHandlers = {
  createExperiment: async ({ name, artifact_location: artifactLocation, tags }, context) => {
    if (artifactLocation !== undefined) checkArtifactLocation(artifactLocation);
    const { client, store, workspace } = context;
    const place = artifactPlaceOf({ artifactLocation, client, workspaceRoot: workspace.artifactRoot });
    return { experiment_id: await store.tracking.createExperiment({ name, tags, ...place }) };
  },
  getExperiment: async (request, { store }) => {
    return { experiment: experimentToWire(await store.tracking.getExperiment(request.experiment_id)) };
  },
  getExperimentByName: async ({ experiment_name: name }, { store }) => {
    const experiment = await store.tracking.findExperimentByName(name);
    if (experiment !== undefined) return { experiment: experimentToWire(experiment) };
    throw new AppError("RESOURCE_DOES_NOT_EXIST", `Could not find experiment with name '${name}'`);
  },
  searchExperiments: async (request, { store }) => {
    const page = await store.tracking.searchExperiments({
      viewType: request.view_type,
      orderBy: request.order_by,
      ...present({ filter: request.filter, maxResults: request.max_results, pageToken: request.page_token }),
    });
    return { experiments: page.items.map(experimentToWire), ...pageToken(page) };
  },
  listExperiments: async (request, { store }) => {
    const page = await store.tracking.searchExperiments({
      viewType: request.view_type,
      ...present({ maxResults: request.max_results, pageToken: request.page_token }),
    });
    return { experiments: page.items.map(experimentToWire), ...pageToken(page) };
  },
  updateExperiment: async ({ experiment_id: experimentId, new_name: newName }, { store }) => {
    if (newName !== undefined) await store.tracking.renameExperiment(experimentId, newName);
    return {};
  },
  deleteExperiment: async (request, { store }) => {
    await store.tracking.deleteExperiment(request.experiment_id);
    return {};
  },
  restoreExperiment: async (request, { store }) => {
    await store.tracking.restoreExperiment(request.experiment_id);
    return {};
  },
  setExperimentTag: async ({ experiment_id: experimentId, key, value }, { store }) => {
    await store.tracking.setExperimentTag(experimentId, { key, value });
    return {};
  },
  deleteExperimentTag: async ({ experiment_id: experimentId, key }, { store }) => {
    await store.tracking.deleteExperimentTag(experimentId, key);
    return {};
  },
  searchDatasets: async ({ experiment_ids: experimentIds }, { store }) => {
    const summaries = await store.tracking.searchDatasets(experimentIds);
    return { dataset_summaries: summaries.map(datasetSummaryToWire) };
  },
};
