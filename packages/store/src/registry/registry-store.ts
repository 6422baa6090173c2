import type {
  CreateRegisteredModelInput,
  ModelVersion,
  ModelVersionKey,
  RegisteredModel,
  SearchRegistryInput,
  Tag,
} from "@flightdeck/protocol";
import type { Page } from "../search/page.ts";

export type { CreateRegisteredModelInput, ModelVersionKey, SearchRegistryInput } from "@flightdeck/protocol";

/** Input of `createModelVersion`. */
export type CreateModelVersionInput = {
  readonly name: string;
  readonly source: string;
  readonly runId?: string | undefined;
  readonly runLink?: string | undefined;
  readonly modelId?: string | undefined;
  readonly description?: string | undefined;
  readonly userId?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/**
 * Registered models and their versions. Makes the same guarantees as `TrackingStore`: each write is one transaction and durable
 * before it resolves; errors have MLflow's codes and wording.
 */
export interface RegistryStore {
  /** Throws `RESOURCE_ALREADY_EXISTS` when the name is taken. */
  createRegisteredModel(input: CreateRegisteredModelInput): Promise<RegisteredModel>;
  getRegisteredModel(name: string): Promise<RegisteredModel>;
  renameRegisteredModel(name: string, newName: string): Promise<RegisteredModel>;
  updateRegisteredModel(name: string, description: string): Promise<RegisteredModel>;
  /** Also deletes its versions, tags and aliases. */
  deleteRegisteredModel(name: string): Promise<void>;
  searchRegisteredModels(input: SearchRegistryInput): Promise<Page<RegisteredModel>>;
  setRegisteredModelTag(name: string, tag: Tag): Promise<void>;
  deleteRegisteredModelTag(name: string, key: string): Promise<void>;
  setRegisteredModelAlias(key: ModelVersionKey, alias: string): Promise<void>;
  deleteRegisteredModelAlias(name: string, alias: string): Promise<void>;
  getModelVersionByAlias(name: string, alias: string): Promise<ModelVersion>;
  /** The newest version of each given stage, or of all stages when none is given. */
  getLatestVersions(name: string, stages: readonly string[]): Promise<readonly ModelVersion[]>;

  /**
   * Numbers versions from 1 per model and never reuses a number, even with concurrent calls. Adds the version to the tag
   * `mlflow.modelVersions` of the logged model given by `modelId`.
   */
  createModelVersion(input: CreateModelVersionInput): Promise<ModelVersion>;
  getModelVersion(key: ModelVersionKey): Promise<ModelVersion>;
  /** Location of its files: its source, resolved to the logged model or version that the source names. */
  getModelVersionDownloadUri(key: ModelVersionKey): Promise<string>;
  updateModelVersion(key: ModelVersionKey, description: string): Promise<ModelVersion>;
  transitionModelVersionStage(
    key: ModelVersionKey,
    stage: string,
    options: { readonly archiveExistingVersions: boolean },
  ): Promise<ModelVersion>;
  deleteModelVersion(key: ModelVersionKey): Promise<void>;
  searchModelVersions(input: SearchRegistryInput): Promise<Page<ModelVersion>>;
  setModelVersionTag(key: ModelVersionKey, tag: Tag): Promise<void>;
  deleteModelVersionTag(key: ModelVersionKey, tagKey: string): Promise<void>;
}

/**
 * Versions whose files the registry stores itself, like Unity Catalog: the client uploads the files after registering the
 * version. Makes the same guarantees as `RegistryStore`.
 */
export interface ManagedVersionStore {
  /**
   * Like `createModelVersion`, but with a new folder for the files and without tagging the logged model. The version is
   * `PENDING_REGISTRATION` until it is finalized. Its source is informational and may name a location that this server cannot
   * reach. When it is deleted, its files become garbage unless another version uses them.
   */
  createManagedVersion(input: CreateModelVersionInput): Promise<ModelVersion>;
  /** Makes a version `READY`. Does nothing when it already is. */
  finalizeModelVersion(key: ModelVersionKey): Promise<ModelVersion>;
  /** Whether files may be written at a URI. In a version's folder, only until the version is finalized. */
  mayWriteAt(uri: string): Promise<boolean>;
}
