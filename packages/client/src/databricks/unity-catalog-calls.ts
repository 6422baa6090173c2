import { uploadFolder } from "@flightdeck/artifacts";
import { AppError, invalid } from "@flightdeck/core";
import { readMlModel } from "@flightdeck/models";
import {
  endpoints,
  type ModelVersion,
  type ModelVersionKey,
  type RegisteredModel,
  type ResponseOf,
  type SearchRegistryInput,
} from "@flightdeck/protocol";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadArtifacts } from "../artifacts/download-artifacts.ts";
import { openRepository } from "../artifacts/locate-artifact.ts";
import { MlflowClient } from "../rest/mlflow-client.ts";
import { allItems, toPage } from "../rest/page.ts";
import type { RegistryCalls } from "../rest/registry-calls.ts";
import type { CallOptions, RestClientOptions } from "../rest/rest-client.ts";

type ModelWire = ResponseOf<typeof endpoints.getUnityCatalogModel>["registered_model"];

type VersionWire = ResponseOf<typeof endpoints.getUnityCatalogVersion>["model_version"];

/**
 * An `MlflowClient` whose registry is Unity Catalog. All other calls go to the workspace as usual.
 *
 * @example
 * ```ts
 * const client = new UnityCatalogClient(databricksOptions("databricks", process.env));
 * await registerModel(client, `models:/${modelId}`, "main.default.airline");
 * ```
 */
export class UnityCatalogClient extends MlflowClient {
  constructor(options: RestClientOptions) {
    super(options, unityCatalogCalls);
  }
}

/**
 * The registry calls for Unity Catalog (MLflow's registry URI `databricks-uc`): models have three-level names and no
 * stages, and the registry stores the files of each version. `client` connects to the workspace.
 */
function unityCatalogCalls(client: MlflowClient): RegistryCalls {
  const calls: RegistryCalls = {
    async createRegisteredModel({ name, description = "", tags = [] }, options) {
      const request = { name, description, tags: [...tags] };
      const answer = await client.call(endpoints.createUnityCatalogModel, request, options);
      return catalogModelFromWire(answer.registered_model);
    },

    async getRegisteredModel(name, options) {
      const answer = await client.call(endpoints.getUnityCatalogModel, { name }, options);
      return catalogModelFromWire(answer.registered_model);
    },

    async renameRegisteredModel(name, newName, options) {
      const request = { name, new_name: newName };
      const answer = await client.call(endpoints.updateUnityCatalogModel, request, options);
      return catalogModelFromWire(answer.registered_model);
    },

    async updateRegisteredModel(name, description, options) {
      const answer = await client.call(endpoints.updateUnityCatalogModel, { name, description }, options);
      return catalogModelFromWire(answer.registered_model);
    },

    async deleteRegisteredModel(name, options) {
      await client.call(endpoints.deleteUnityCatalogModel, { name }, options);
    },

    /** One page of all models: Unity Catalog neither filters nor sorts. */
    async searchRegisteredModels(input = {}, options) {
      if (input.filter !== undefined) throw unsupported("filtering registered models");
      const answer = await client.call(endpoints.searchUnityCatalogModels, pageRequest(input), options);
      return toPage(answer.registered_models.map(catalogModelFromWire), answer.next_page_token);
    },

    searchRegisteredModelsAll(input = {}, options) {
      return allItems((pageToken) => calls.searchRegisteredModels({ ...input, pageToken }, options));
    },

    async setRegisteredModelTag(name, tag, options) {
      await client.call(endpoints.setUnityCatalogModelTag, { name, ...tag }, options);
    },

    async deleteRegisteredModelTag(name, key, options) {
      await client.call(endpoints.deleteUnityCatalogModelTag, { name, key }, options);
    },

    async setRegisteredModelAlias({ name, version }, alias, options) {
      await client.call(endpoints.setUnityCatalogModelAlias, { name, version, alias }, options);
    },

    async deleteRegisteredModelAlias(name, alias, options) {
      await client.call(endpoints.deleteUnityCatalogModelAlias, { name, alias }, options);
    },

    async getModelVersionByAlias(name, alias, options) {
      const answer = await client.call(endpoints.getUnityCatalogVersionByAlias, { name, alias }, options);
      return catalogVersionFromWire(answer.model_version);
    },

    /** The newest version; Unity Catalog has no stages. */
    async getLatestVersions(name, stages = [], options) {
      if (stages.length > 0) throw noStages();
      const filter = `name='${name}'`;
      const versions = await Array.fromAsync(calls.searchModelVersionsAll({ filter }, options));
      return versions.toSorted((a, b) => Number(b.version) - Number(a.version)).slice(0, 1);
    },

    /**
     * Uploads the model's files to the registry; a version whose upload fails is deleted again. The model must have a
     * signature, as Unity Catalog requires.
     */
    async createModelVersion({ name, source, runId, modelId, description, tags = [] }, options = {}) {
      await checkFilesApi(client, options);
      const transfer = options.signal === undefined ? {} : { signal: options.signal };
      const folder = await mkdtemp(join(tmpdir(), "flightdeck-model-"));
      try {
        await downloadArtifacts(client, source, folder, transfer);
        await checkModelFolder(folder);
        const request = { name, source, run_id: runId, model_id: modelId, description, tags: [...tags] };
        const answer = await client.call(endpoints.createUnityCatalogVersion, request, options);
        const key = { name, version: answer.model_version.version };
        return await orDelete(client, key, async () => {
          const repository = openRepository(client, filesUri(key));
          await uploadFolder({ repository, folder }, transfer);
          const finalized = await client.call(endpoints.finalizeUnityCatalogVersion, key, options);
          return catalogVersionFromWire(finalized.model_version);
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },

    async getModelVersion({ name, version }, options) {
      const answer = await client.call(endpoints.getUnityCatalogVersion, { name, version }, options);
      return catalogVersionFromWire(answer.model_version);
    },

    async updateModelVersion({ name, version }, description, options) {
      const request = { name, version, description };
      const answer = await client.call(endpoints.updateUnityCatalogVersion, request, options);
      return catalogVersionFromWire(answer.model_version);
    },

    transitionModelVersionStage(_input) {
      return Promise.reject(noStages());
    },

    async deleteModelVersion({ name, version }, options) {
      await client.call(endpoints.deleteUnityCatalogVersion, { name, version }, options);
    },

    /** One page; the only filter that Unity Catalog supports is `name='…'`. */
    async searchModelVersions(input = {}, options) {
      const request = { ...pageRequest(input), filter: input.filter };
      const answer = await client.call(endpoints.searchUnityCatalogVersions, request, options);
      return toPage(answer.model_versions.map(catalogVersionFromWire), answer.next_page_token);
    },

    searchModelVersionsAll(input = {}, options) {
      return allItems((pageToken) => calls.searchModelVersions({ ...input, pageToken }, options));
    },

    /** The path of the version's files in the Files API. Throws when they are not fully uploaded yet. */
    async getModelVersionDownloadUri(key, options) {
      const { status } = await calls.getModelVersion(key, options);
      if (status === "READY") return filesUri(key);
      const message = `version ${key.version} of ${key.name} cannot be loaded: it is ${status}`;
      throw invalid(message);
    },

    async setModelVersionTag({ name, version }, tag, options) {
      await client.call(endpoints.setUnityCatalogVersionTag, { name, version, ...tag }, options);
    },

    async deleteModelVersionTag({ name, version }, key, options) {
      await client.call(endpoints.deleteUnityCatalogVersionTag, { name, version, key }, options);
    },
  };
  return calls;
}

/** Throws the error of `work`; failing to delete the version only causes a warning. */
async function orDelete<T>(client: MlflowClient, key: ModelVersionKey, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await client.deleteModelVersion(key).catch((again: unknown) => {
      process.emitWarning(`version ${key.version} of ${key.name} could not be deleted: ${String(again)}`);
    });
    throw error;
  }
}

async function checkFilesApi(client: MlflowClient, options: CallOptions): Promise<void> {
  const answer = await client.call(endpoints.isModelsArtifactRepositoryEnabled, {}, options);
  if (answer.is_databricks_sdk_models_artifact_repository_enabled) return;
  const message =
    "this workspace accepts model files only through its cloud provider's storage, which this client cannot write to";
  throw new AppError("NOT_IMPLEMENTED", message);
}

/** Throws `INVALID_PARAMETER_VALUE` if the folder is not a model that Unity Catalog accepts. */
async function checkModelFolder(folder: string): Promise<void> {
  const { signature } = await readMlModel(folder);
  if (signature?.outputs !== undefined) return;
  const message =
    "Unity Catalog accepts only models with a signature for inputs and outputs; log the model with inferSignature(features, predictions)";
  throw invalid(message);
}

/** A name without dots has a single segment, which a Flightdeck server accepts. */
function filesUri({ name, version }: ModelVersionKey): string {
  const segments = [...name.split("."), version].map(encodeURIComponent);
  return `dbfs:/Models/${segments.join("/")}`;
}

type PageRequest = { max_results: number | undefined; page_token: string | undefined };

function pageRequest({ maxResults, pageToken, orderBy = [] }: SearchRegistryInput): PageRequest {
  if (orderBy.length > 0) throw unsupported("sorting");
  return { max_results: maxResults, page_token: pageToken };
}

function noStages(): AppError {
  const message = "Unity Catalog has no stages; use an alias instead";
  return invalid(message);
}

function unsupported(what: string): AppError {
  return invalid(`Unity Catalog does not support ${what}`);
}

/** Unity Catalog returns models without their versions. */
function catalogModelFromWire(wire: ModelWire): RegisteredModel {
  return {
    name: wire.name,
    creationTimeMs: wire.creation_timestamp,
    lastUpdateTimeMs: wire.last_updated_timestamp,
    description: wire.description,
    latestVersions: [],
    tags: wire.tags,
    aliases: wire.aliases,
  };
}

function catalogVersionFromWire(wire: VersionWire): ModelVersion {
  return {
    name: wire.name,
    version: wire.version,
    creationTimeMs: wire.creation_timestamp,
    lastUpdateTimeMs: wire.last_updated_timestamp,
    userId: wire.user_id,
    currentStage: "None",
    description: wire.description,
    source: wire.source,
    runId: wire.run_id,
    runLink: "",
    status: wire.status,
    statusMessage: wire.status_message,
    ...(wire.model_id !== undefined && { modelId: wire.model_id }),
    tags: wire.tags,
    aliases: wire.aliases.map(({ alias }) => alias),
  };
}
