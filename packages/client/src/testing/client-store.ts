import type { Page } from "@flightdeck/protocol";
import type { RegistryStore, TrackingStore } from "@flightdeck/store";
import type { TestStore } from "@flightdeck/store/testing";
import type { MlflowClient } from "../rest/mlflow-client.ts";

/** Wraps a client as a store, so that the store's test suite covers client, wire, server and store. */
export function clientStore(client: MlflowClient): TestStore {
  return {
    tracking: trackingStore(client),
    registry: registryStore(client),
    close: () => Promise.resolve(),
  };
}

function trackingStore(client: MlflowClient): TrackingStore {
  return {
    createExperiment: (input) => client.createExperiment(input),
    getExperiment: (experimentId) => client.getExperiment(experimentId),
    findExperimentByName: (name) => client.findExperimentByName(name),
    searchExperiments: (input) => client.searchExperiments(input),
    renameExperiment: (experimentId, newName) => client.renameExperiment(experimentId, newName),
    deleteExperiment: (experimentId) => client.deleteExperiment(experimentId),
    restoreExperiment: (experimentId) => client.restoreExperiment(experimentId),
    setExperimentTag: (experimentId, tag) => client.setExperimentTag(experimentId, tag),
    deleteExperimentTag: (experimentId, key) => client.deleteExperimentTag(experimentId, key),
    createRun: (input) => client.createRun(input),
    getRun: (runId) => client.getRun(runId),
    updateRun: (input) => client.updateRun(input),
    deleteRun: (runId) => client.deleteRun(runId),
    restoreRun: (runId) => client.restoreRun(runId),
    searchRuns: (input) => client.searchRuns(input),
    searchRunsInSlices: (input) => oneSlice(client.searchRuns(input)),
    logMetric: (runId, metric) => client.logMetric(runId, metric),
    logParam: (runId, param) => client.logParam(runId, param),
    setTag: (runId, tag) => client.setTag(runId, tag),
    logBatch: (input) => client.logBatch(input),
    logModelJson: (runId, modelJson) => client.logModelJson(runId, modelJson),
    logInputs: (runId, datasets, models) => client.logInputs({ runId, datasets, models }),
    logOutputs: (runId, models) => client.logOutputs(runId, models),
    deleteTag: (runId, key) => client.deleteTag(runId, key),
    getMetricHistory: (input) => client.getMetricHistory(input),
    getMetricHistoryInSlices: (input) => oneSlice(client.getMetricHistory(input)),
    getMetricHistoryBulk: (input) => client.getMetricHistoryBulk(input),
    searchDatasets: (experimentIds) => client.searchDatasets(experimentIds),
    getMetricHistoryBulkInterval: (input) => client.getMetricHistoryBulkInterval(input),
    createLoggedModel: (input) => client.createLoggedModel(input),
    getLoggedModel: (modelId) => client.getLoggedModel(modelId),
    finalizeLoggedModel: (modelId, status) => client.finalizeLoggedModel(modelId, status),
    deleteLoggedModel: (modelId) => client.deleteLoggedModel(modelId),
    searchLoggedModels: (input) => client.searchLoggedModels(input),
    setLoggedModelTags: (modelId, tags) => client.setLoggedModelTags(modelId, tags),
    deleteLoggedModelTag: (modelId, key) => client.deleteLoggedModelTag(modelId, key),
    logLoggedModelParams: (modelId, params) => client.logLoggedModelParams(modelId, params),
  };
}

/** A client gets a page whole. */
async function* oneSlice<T>(page: Promise<Page<T>>): AsyncGenerator<Page<T>> {
  yield await page;
}

function registryStore(client: MlflowClient): RegistryStore {
  return {
    createRegisteredModel: (input) => client.createRegisteredModel(input),
    getRegisteredModel: (name) => client.getRegisteredModel(name),
    renameRegisteredModel: (name, newName) => client.renameRegisteredModel(name, newName),
    updateRegisteredModel: (name, description) => client.updateRegisteredModel(name, description),
    deleteRegisteredModel: (name) => client.deleteRegisteredModel(name),
    searchRegisteredModels: (input) => client.searchRegisteredModels(input),
    setRegisteredModelTag: (name, tag) => client.setRegisteredModelTag(name, tag),
    deleteRegisteredModelTag: (name, key) => client.deleteRegisteredModelTag(name, key),
    setRegisteredModelAlias: (key, alias) => client.setRegisteredModelAlias(key, alias),
    deleteRegisteredModelAlias: (name, alias) => client.deleteRegisteredModelAlias(name, alias),
    getModelVersionByAlias: (name, alias) => client.getModelVersionByAlias(name, alias),
    getLatestVersions: (name, stages) => client.getLatestVersions(name, stages),
    createModelVersion: (input) => client.createModelVersion(input),
    getModelVersion: (key) => client.getModelVersion(key),
    getModelVersionDownloadUri: (key) => client.getModelVersionDownloadUri(key),
    updateModelVersion: (key, description) => client.updateModelVersion(key, description),
    transitionModelVersionStage: (key, stage, { archiveExistingVersions }) =>
      client.transitionModelVersionStage({ ...key, stage, archiveExistingVersions }),
    deleteModelVersion: (key) => client.deleteModelVersion(key),
    searchModelVersions: (input) => client.searchModelVersions(input),
    setModelVersionTag: (key, tag) => client.setModelVersionTag(key, tag),
    deleteModelVersionTag: (key, tagKey) => client.deleteModelVersionTag(key, tagKey),
  };
}
