import type { ModelVersion, RegisteredModel, Tag } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import type { Database } from "../database/work.ts";
import type { Page } from "../search/page.ts";
import { mayWriteAt } from "./managed-files.ts";
import { getVersionRow } from "./model-rows.ts";
import * as versions from "./model-versions.ts";
import * as models from "./registered-models.ts";
import type {
  CreateModelVersionInput,
  CreateRegisteredModelInput,
  ManagedVersionStore,
  ModelVersionKey,
  RegistryStore,
  SearchRegistryInput,
} from "./registry-store.ts";
import { searchModelVersions, searchRegisteredModels } from "./search-registry.ts";

/** The model registry in a SQL database. Each method is one transaction. */
export class SqlRegistryStore implements RegistryStore, ManagedVersionStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async createRegisteredModel(input: CreateRegisteredModelInput): Promise<RegisteredModel> {
    return this.#database.write(() => models.createRegisteredModel(this.#context, input));
  }

  async getRegisteredModel(name: string): Promise<RegisteredModel> {
    return this.#database.read(() => models.getRegisteredModel(name));
  }

  async renameRegisteredModel(name: string, newName: string): Promise<RegisteredModel> {
    return this.#database.write(() => models.renameRegisteredModel(this.#context, name, newName));
  }

  async updateRegisteredModel(name: string, description: string): Promise<RegisteredModel> {
    return this.#database.write(() => models.updateRegisteredModel(this.#context, name, description));
  }

  async deleteRegisteredModel(name: string): Promise<void> {
    return this.#database.write(() => models.deleteRegisteredModel(name));
  }

  async searchRegisteredModels(input: SearchRegistryInput): Promise<Page<RegisteredModel>> {
    return this.#database.read(() => searchRegisteredModels(this.#context, input));
  }

  async setRegisteredModelTag(name: string, tag: Tag): Promise<void> {
    return this.#database.write(() => models.setRegisteredModelTag(name, tag));
  }

  async deleteRegisteredModelTag(name: string, key: string): Promise<void> {
    return this.#database.write(() => models.deleteRegisteredModelTag(name, key));
  }

  async setRegisteredModelAlias(key: ModelVersionKey, alias: string): Promise<void> {
    return this.#database.write(() => models.setRegisteredModelAlias(key, alias));
  }

  async deleteRegisteredModelAlias(name: string, alias: string): Promise<void> {
    return this.#database.write(() => models.deleteRegisteredModelAlias(name, alias));
  }

  async getModelVersionByAlias(name: string, alias: string): Promise<ModelVersion> {
    return this.#database.read(() => models.getModelVersionByAlias(name, alias));
  }

  async getLatestVersions(name: string, stages: readonly string[]): Promise<readonly ModelVersion[]> {
    return this.#database.read(() => models.getLatestVersions(name, stages));
  }

  async createModelVersion(input: CreateModelVersionInput): Promise<ModelVersion> {
    return this.#database.write(() => versions.createModelVersion(this.#context, input));
  }

  async createManagedVersion(input: CreateModelVersionInput): Promise<ModelVersion> {
    return this.#database.write(() => versions.createManagedVersion(this.#context, input));
  }

  async finalizeModelVersion(key: ModelVersionKey): Promise<ModelVersion> {
    return this.#database.write(() => versions.finalizeModelVersion(this.#context, key));
  }

  async mayWriteAt(uri: string): Promise<boolean> {
    return this.#database.read(() => mayWriteAt(uri));
  }

  async getModelVersion(key: ModelVersionKey): Promise<ModelVersion> {
    return this.#database.read(() => versions.getModelVersion(key));
  }

  async getModelVersionDownloadUri(key: ModelVersionKey): Promise<string> {
    return this.#database.read(function* () {
      return (yield* getVersionRow(key)).storage_location;
    });
  }

  async updateModelVersion(key: ModelVersionKey, description: string): Promise<ModelVersion> {
    return this.#database.write(() => versions.updateModelVersion(this.#context, key, description));
  }

  async transitionModelVersionStage(
    key: ModelVersionKey,
    stage: string,
    options: { readonly archiveExistingVersions: boolean },
  ): Promise<ModelVersion> {
    const target = { stage, archiveExisting: options.archiveExistingVersions };
    return this.#database.write(() => versions.transitionModelVersionStage(this.#context, key, target));
  }

  async deleteModelVersion(key: ModelVersionKey): Promise<void> {
    return this.#database.write(() => versions.deleteModelVersion(this.#context, key));
  }

  async searchModelVersions(input: SearchRegistryInput): Promise<Page<ModelVersion>> {
    return this.#database.read(() => searchModelVersions(this.#context, input));
  }

  async setModelVersionTag(key: ModelVersionKey, tag: Tag): Promise<void> {
    return this.#database.write(() => versions.setModelVersionTag(key, tag));
  }

  async deleteModelVersionTag(key: ModelVersionKey, tagKey: string): Promise<void> {
    return this.#database.write(() => versions.deleteModelVersionTag(key, tagKey));
  }
}
