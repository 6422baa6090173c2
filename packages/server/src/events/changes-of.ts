import type { EndpointName, endpoints, RequestOf, ResponseInputOf } from "@flightdeck/protocol";
import type { Change } from "./event-bus.ts";

type Endpoints = typeof endpoints;
type ChangesOf<TName extends EndpointName> = (
  request: RequestOf<Endpoints[TName]>,
  response: ResponseInputOf<Endpoints[TName]>,
) => readonly Change[];

const experiment = (id: string): Change => ({ kind: "experiment", id });
const run = (id: string): Change => ({ kind: "run", id });
const loggedModel = (id: string): Change => ({ kind: "logged_model", id });
const registeredModel = (id: string): Change => ({ kind: "registered_model", id });

const byExperiment = (request: { experiment_id: string }): Change[] => [experiment(request.experiment_id)];
const byRun = (request: { run_id: string }): Change[] => [run(request.run_id)];
const byLoggedModel = (request: { model_id: string }): Change[] => [loggedModel(request.model_id)];
const byName = (request: { name: string }): Change[] => [registeredModel(request.name)];
const jobRun = (id: number | string): Change => ({ kind: "job_run", id: String(id) });
const byJobRun = (request: { run_id: number }): Change[] => [jobRun(request.run_id)];
const byFullName = (request: { full_name: string }): Change[] => [registeredModel(request.full_name)];

/** What each call changes. Calls that are not here change nothing that a page shows. */
const CHANGES: { readonly [TName in EndpointName]?: ChangesOf<TName> } = {
  createExperiment: (_request, response) => [experiment(response.experiment_id)],
  updateExperiment: byExperiment,
  deleteExperiment: byExperiment,
  restoreExperiment: byExperiment,
  setExperimentTag: byExperiment,
  deleteExperimentTag: byExperiment,
  createRun: (request, response) => [experiment(request.experiment_id), run(response.run.info.run_id)],
  updateRun: (request, response) => [experiment(response.run_info.experiment_id), run(request.run_id)],
  deleteRun: byRun,
  restoreRun: byRun,
  logMetric: byRun,
  logParam: byRun,
  logBatch: byRun,
  logModel: byRun,
  logInputs: byRun,
  logOutputs: byRun,
  setTag: byRun,
  deleteTag: byRun,
  createLoggedModel: (request, response) => [
    experiment(request.experiment_id),
    loggedModel(response.model.info.model_id),
  ],
  finalizeLoggedModel: byLoggedModel,
  deleteLoggedModel: byLoggedModel,
  setLoggedModelTags: byLoggedModel,
  deleteLoggedModelTag: byLoggedModel,
  logLoggedModelParams: byLoggedModel,
  createRegisteredModel: byName,
  renameRegisteredModel: (request) => [registeredModel(request.name), registeredModel(request.new_name)],
  updateRegisteredModel: byName,
  deleteRegisteredModel: byName,
  setRegisteredModelTag: byName,
  deleteRegisteredModelTag: byName,
  setRegisteredModelAlias: byName,
  deleteRegisteredModelAlias: byName,
  createModelVersion: byName,
  updateModelVersion: byName,
  transitionModelVersionStage: byName,
  deleteModelVersion: byName,
  setModelVersionTag: byName,
  deleteModelVersionTag: byName,
  createUnityCatalogModel: byName,
  updateUnityCatalogModel: (request, response) => [
    registeredModel(request.name),
    registeredModel(response.registered_model.name),
  ],
  deleteUnityCatalogModel: byName,
  setUnityCatalogModelTag: byName,
  deleteUnityCatalogModelTag: byName,
  setUnityCatalogModelAlias: byName,
  deleteUnityCatalogModelAlias: byName,
  createUnityCatalogVersion: byName,
  finalizeUnityCatalogVersion: byName,
  updateUnityCatalogVersion: byName,
  deleteUnityCatalogVersion: byName,
  setUnityCatalogVersionTag: byName,
  deleteUnityCatalogVersionTag: byName,
  emitUnityCatalogLineage: byName,
  createCatalogModel: (_request, response) => [registeredModel(response.full_name)],
  updateCatalogModel: (request, response) => [
    registeredModel(request.full_name),
    registeredModel(response.full_name),
  ],
  deleteCatalogModel: byFullName,
  setCatalogModelAlias: byFullName,
  deleteCatalogModelAlias: byFullName,
  updateCatalogVersion: byFullName,
  deleteCatalogVersion: byFullName,
  createCatalogVersion: (_request, response) => [
    registeredModel(`${response.catalog_name}.${response.schema_name}.${response.model_name}`),
  ],
  finalizeCatalogVersion: byFullName,
  tagCatalogModel: (request) => [registeredModel(request.securable_full_name)],
  tagCatalogVersion: (request) => [registeredModel(request.securable_full_name)],
  submitJobRun: (_request, response) => [jobRun(response.run_id)],
  runJobNow: (_request, response) => [jobRun(response.run_id)],
  cancelJobRun: byJobRun,
  deleteJobRun: byJobRun,
};

/** The records that an answered call has changed. */
export function changesOf(name: EndpointName, request: unknown, response: unknown): readonly Change[] {
  // Each entry takes what its own schema gives, and gets it from the caller, who looked both up by the same name.
  const changes = CHANGES[name] as ((request: unknown, response: unknown) => readonly Change[]) | undefined;
  return changes?.(request, response) ?? NONE;
}

const NONE: readonly Change[] = [];
