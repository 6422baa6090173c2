import { uploadFolder } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { endpoints, type ModelVersion, type RegisteredModel, type Tag } from "@flightdeck/protocol";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadArtifacts } from "../artifacts/download-artifacts.ts";
import { openRepository } from "../artifacts/open-repository.ts";
import { MlflowClient } from "../rest/mlflow-client.ts";
import { type Page, toPage } from "../rest/page.ts";
import type {
  CreateModelVersionInput,
  CreateRegisteredModelInput,
  ModelVersionKey,
  SearchRegistryInput,
  TransitionStageInput,
} from "../rest/registry-calls.ts";
import type { CallOptions } from "../rest/rest-client.ts";
import { checkModelFolder } from "./check-model-folder.ts";
import { catalogModelFromWire, catalogVersionFromWire } from "./unity-catalog-from-wire.ts";

/**
 * An `MlflowClient` whose registry is Unity Catalog, as MLflow's registry URI `databricks-uc` means it: models have names of
 * three levels and no stages, and the registry keeps the files of its versions. All other calls are the workspace's.
 *
 * @example
 * ```ts
 * const client = new UnityCatalogClient(databricksOptions("databricks", process.env));
 * await registerModel(client, `models:/${modelId}`, "main.default.airline");
 * ```
 */
export class UnityCatalogClient extends MlflowClient {
  override async createRegisteredModel(
    { name, description = "", tags = [] }: CreateRegisteredModelInput,
    options?: CallOptions,
  ): Promise<RegisteredModel> {
    const request = { name, description, tags: [...tags] };
    const answer = await this.call(endpoints.createUnityCatalogModel, request, options);
    return catalogModelFromWire(answer.registered_model);
  }

  override async getRegisteredModel(name: string, options?: CallOptions): Promise<RegisteredModel> {
    const answer = await this.call(endpoints.getUnityCatalogModel, { name }, options);
    return catalogModelFromWire(answer.registered_model);
  }

  override async renameRegisteredModel(
    name: string,
    newName: string,
    options?: CallOptions,
  ): Promise<RegisteredModel> {
    const request = { name, new_name: newName };
    const answer = await this.call(endpoints.updateUnityCatalogModel, request, options);
    return catalogModelFromWire(answer.registered_model);
  }

  override async updateRegisteredModel(
    name: string,
    description: string,
    options?: CallOptions,
  ): Promise<RegisteredModel> {
    const answer = await this.call(endpoints.updateUnityCatalogModel, { name, description }, options);
    return catalogModelFromWire(answer.registered_model);
  }

  override async deleteRegisteredModel(name: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteUnityCatalogModel, { name }, options);
  }

  /** One page of all models: Unity Catalog neither filters nor sorts. */
  override async searchRegisteredModels(
    input: SearchRegistryInput = {},
    options?: CallOptions,
  ): Promise<Page<RegisteredModel>> {
    if (input.filter !== undefined) throw unsupported("a filter of registered models");
    const answer = await this.call(endpoints.searchUnityCatalogModels, pageRequest(input), options);
    return toPage(answer.registered_models.map(catalogModelFromWire), answer.next_page_token);
  }

  override async setRegisteredModelTag(name: string, tag: Tag, options?: CallOptions): Promise<void> {
    await this.call(endpoints.setUnityCatalogModelTag, { name, ...tag }, options);
  }

  override async deleteRegisteredModelTag(name: string, key: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteUnityCatalogModelTag, { name, key }, options);
  }

  override async setRegisteredModelAlias(
    { name, version }: ModelVersionKey,
    alias: string,
    options?: CallOptions,
  ): Promise<void> {
    await this.call(endpoints.setUnityCatalogModelAlias, { name, version, alias }, options);
  }

  override async deleteRegisteredModelAlias(
    name: string,
    alias: string,
    options?: CallOptions,
  ): Promise<void> {
    await this.call(endpoints.deleteUnityCatalogModelAlias, { name, alias }, options);
  }

  override async getModelVersionByAlias(
    name: string,
    alias: string,
    options?: CallOptions,
  ): Promise<ModelVersion> {
    const answer = await this.call(endpoints.getUnityCatalogVersionByAlias, { name, alias }, options);
    return catalogVersionFromWire(answer.model_version);
  }

  /** The newest version of all; there are no stages to ask for. */
  override async getLatestVersions(
    name: string,
    stages: readonly string[] = [],
    options?: CallOptions,
  ): Promise<readonly ModelVersion[]> {
    if (stages.length > 0) throw noStages();
    const filter = `name='${name}'`;
    const versions = await Array.fromAsync(this.searchModelVersionsAll({ filter }, options));
    return versions.toSorted((a, b) => Number(b.version) - Number(a.version)).slice(0, 1);
  }

  /**
   * Sends the model's files to the registry. One whose files could not be sent is deleted again. The model must have a
   * signature: Unity Catalog takes no other.
   */
  override async createModelVersion(
    { name, source, runId, modelId, description, tags = [] }: CreateModelVersionInput,
    options: CallOptions = {},
  ): Promise<ModelVersion> {
    await this.checkFilesApi(options);
    const transfer = options.signal === undefined ? {} : { signal: options.signal };
    const folder = await mkdtemp(join(tmpdir(), "flightdeck-model-"));
    try {
      await downloadArtifacts(this, source, folder, transfer);
      await checkModelFolder(folder);
      const request = { name, source, run_id: runId, model_id: modelId, description, tags: [...tags] };
      const answer = await this.call(endpoints.createUnityCatalogVersion, request, options);
      const key = { name, version: answer.model_version.version };
      return await this.orDelete(key, async () => {
        const repository = openRepository(this, filesUri(key));
        await uploadFolder({ repository, folder }, transfer);
        const finalized = await this.call(endpoints.finalizeUnityCatalogVersion, key, options);
        return catalogVersionFromWire(finalized.model_version);
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  override async getModelVersion(
    { name, version }: ModelVersionKey,
    options?: CallOptions,
  ): Promise<ModelVersion> {
    const answer = await this.call(endpoints.getUnityCatalogVersion, { name, version }, options);
    return catalogVersionFromWire(answer.model_version);
  }

  override async updateModelVersion(
    { name, version }: ModelVersionKey,
    description: string,
    options?: CallOptions,
  ): Promise<ModelVersion> {
    const request = { name, version, description };
    const answer = await this.call(endpoints.updateUnityCatalogVersion, request, options);
    return catalogVersionFromWire(answer.model_version);
  }

  override transitionModelVersionStage(_input: TransitionStageInput): Promise<ModelVersion> {
    return Promise.reject(noStages());
  }

  override async deleteModelVersion(
    { name, version }: ModelVersionKey,
    options?: CallOptions,
  ): Promise<void> {
    await this.call(endpoints.deleteUnityCatalogVersion, { name, version }, options);
  }

  /** One page; the filter is `name='…'`, and Unity Catalog has no other. */
  override async searchModelVersions(
    input: SearchRegistryInput = {},
    options?: CallOptions,
  ): Promise<Page<ModelVersion>> {
    const request = { ...pageRequest(input), filter: input.filter };
    const answer = await this.call(endpoints.searchUnityCatalogVersions, request, options);
    return toPage(answer.model_versions.map(catalogVersionFromWire), answer.next_page_token);
  }

  /** Where the Files API has the version's files. One whose files are not there yet is refused. */
  override async getModelVersionDownloadUri(key: ModelVersionKey, options?: CallOptions): Promise<string> {
    const { status } = await this.getModelVersion(key, options);
    if (status === "READY") return filesUri(key);
    const message = `version ${key.version} of ${key.name} cannot be loaded: it is ${status}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }

  override async setModelVersionTag(
    { name, version }: ModelVersionKey,
    tag: Tag,
    options?: CallOptions,
  ): Promise<void> {
    await this.call(endpoints.setUnityCatalogVersionTag, { name, version, ...tag }, options);
  }

  override async deleteModelVersionTag(
    { name, version }: ModelVersionKey,
    key: string,
    options?: CallOptions,
  ): Promise<void> {
    await this.call(endpoints.deleteUnityCatalogVersionTag, { name, version, key }, options);
  }

  private async checkFilesApi(options: CallOptions): Promise<void> {
    const answer = await this.call(endpoints.isModelsArtifactRepositoryEnabled, {}, options);
    if (answer.is_databricks_sdk_models_artifact_repository_enabled) return;
    const message =
      "this workspace takes files of models by its cloud's own storage alone, which this client cannot write to";
    throw new AppError("NOT_IMPLEMENTED", message);
  }

  /** The work's own error is thrown; that the version could not be deleted is only worth a warning. */
  private async orDelete<T>(key: ModelVersionKey, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.deleteModelVersion(key).catch((again: unknown) => {
        process.emitWarning(`version ${key.version} of ${key.name} could not be deleted: ${String(again)}`);
      });
      throw error;
    }
  }
}

/** A name without dots stands alone, as a Flightdeck server takes it. */
function filesUri({ name, version }: ModelVersionKey): string {
  const segments = [...name.split("."), version].map(encodeURIComponent);
  return `dbfs:/Models/${segments.join("/")}`;
}

type PageRequest = { max_results: number | undefined; page_token: string | undefined };

function pageRequest({ maxResults, pageToken, orderBy = [] }: SearchRegistryInput): PageRequest {
  if (orderBy.length > 0) throw unsupported("an order");
  return { max_results: maxResults, page_token: pageToken };
}

function noStages(): AppError {
  const message = "Unity Catalog has no stages; give a version an alias";
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

function unsupported(what: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `Unity Catalog does not take ${what}`);
}
