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
 * What is remembered of registered models and their versions. The same promises as `TrackingStore`: one transaction a
 * write, durable before it resolves, MLflow's codes and wording.
 */
export interface RegistryStore {
  /** A taken name throws `RESOURCE_ALREADY_EXISTS`. */
  createRegisteredModel(input: CreateRegisteredModelInput): Promise<RegisteredModel>;
  getRegisteredModel(name: string): Promise<RegisteredModel>;
  renameRegisteredModel(name: string, newName: string): Promise<RegisteredModel>;
  updateRegisteredModel(name: string, description: string): Promise<RegisteredModel>;
  /** Deletes its versions, tags and aliases too. */
  deleteRegisteredModel(name: string): Promise<void>;
  searchRegisteredModels(input: SearchRegistryInput): Promise<Page<RegisteredModel>>;
  setRegisteredModelTag(name: string, tag: Tag): Promise<void>;
  deleteRegisteredModelTag(name: string, key: string): Promise<void>;
  setRegisteredModelAlias(key: ModelVersionKey, alias: string): Promise<void>;
  deleteRegisteredModelAlias(name: string, alias: string): Promise<void>;
  getModelVersionByAlias(name: string, alias: string): Promise<ModelVersion>;
  /** The newest version of each stage asked for; no stages means all of them. */
  getLatestVersions(name: string, stages: readonly string[]): Promise<readonly ModelVersion[]>;

  /**
   * Numbers versions from 1 per model, never reusing one, also under concurrent calls. The logged model that it names
   * gets it added to its tag `mlflow.modelVersions`.
   */
  createModelVersion(input: CreateModelVersionInput): Promise<ModelVersion>;
  getModelVersion(key: ModelVersionKey): Promise<ModelVersion>;
  /** Where its files are: its source, followed to the logged model or the version that the source names. */
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
 * Versions whose files the registry keeps itself, as Unity Catalog does: whoever registers one sends its files
 * afterwards. The same promises as `RegistryStore`, beside which it stands.
 */
export interface ManagedVersionStore {
  /**
   * As `createModelVersion`, with a folder of its own for the files, and without telling the logged model of it. It is `PENDING_REGISTRATION` until it is
   * finalized; its source is a note, which may name a place that this server does not know. When it is deleted, its
   * files become garbage, unless another version has them too.
   */
  createManagedVersion(input: CreateModelVersionInput): Promise<ModelVersion>;
  /** Makes a version `READY`; one that is so already stays as it is. */
  finalizeModelVersion(key: ModelVersionKey): Promise<ModelVersion>;
  /** Whether files may be written at a URI: in the folder of a version, only while the version waits for them. */
  mayWriteAt(uri: string): Promise<boolean>;
}
