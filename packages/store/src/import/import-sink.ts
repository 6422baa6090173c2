import type {
  Experiment,
  LoggedModel,
  Metric,
  ModelVersion,
  RegisteredModel,
  Run,
} from "@flightdeck/protocol";

/** An experiment of another workspace. An empty `artifactLocation` is replaced by the default, as for a new experiment. */
export type ImportedExperiment = Experiment;

/** A run of another workspace. Its metrics are imported separately, as histories. */
export type ImportedRun = Run & {
  /** Time of deletion, if known. */
  readonly deletedTimeMs?: number | undefined;
};

/** Points of one run. */
export type ImportedHistory = { readonly runId: string; readonly metrics: readonly Metric[] };

/** A logged model of another workspace. Each metric names the run that measured it. */
export type ImportedModel = Omit<LoggedModel, "metrics"> & {
  readonly isDeleted: boolean;
  readonly metrics: readonly (Metric & { readonly runId: string })[];
};

/** A model version with the location of its files, to which `source` may refer indirectly. */
export type ImportedVersion = ModelVersion & { readonly storageLocation: string };

/** A registered model of another workspace with all its versions. */
export type ImportedRegisteredModel = Omit<RegisteredModel, "latestVersions"> & {
  /** The highest version number ever assigned, including deleted versions. */
  readonly lastVersion: number;
  readonly versions: readonly ImportedVersion[];
};

/** Things that are imported one by one. Their ids are globally unique, so they keep them. */
export type ImportedKind = "run" | "logged_model";

/** Progress of importing a run or a logged model. */
export type ImportState =
  /** Exists, but was not created by an import, so imports do not change it. */
  | "foreign"
  /** Started: its history or artifacts may be missing, or it was still changing when it was read. */
  | "partial"
  /** The database has all of it; its artifacts are still at their old location. */
  | "recorded"
  /** Its artifacts are imported too. */
  | "complete";

/** Progress of importing one run or logged model. */
export type ImportProgress = {
  readonly id: string;
  readonly state: ImportState;
  /** Number of metric points in the source. */
  readonly points: number;
  /** Number of artifact files in the source. */
  readonly files: number;
};

/** The new location of an imported run's or model's artifacts. */
export type ArtifactMove = { readonly id: string; readonly artifactUri: string };

/** Row counts for a set of runs. */
export type ImportedRunCounts = {
  readonly runs: number;
  readonly params: number;
  readonly tags: number;
  readonly points: number;
  readonly datasetInputs: number;
};

/** Result of importing a registered model's versions. */
export type ImportedVersions = {
  /** How many of the source's versions are now in the store. */
  readonly versions: number;
  /** Versions that got a new number because theirs was taken. */
  readonly renumbered: readonly { readonly version: string; readonly newVersion: string }[];
};

/**
 * Bulk writes that preserve another workspace's ids, times, lifecycle stages and histories. Values are stored unchanged, even
 * beyond the limits of the REST API, because the source accepted them.
 *
 * Every write is one transaction and durable when it resolves. Every write may be repeated: it adds what is missing and keeps
 * the changes that users of this store have made since.
 */
export interface ImportSink {
  /**
   * Returns the experiment's id in this store. Merges into the experiment that an earlier import created, or else into the one
   * with the same name, by adding missing tags and nothing else. A new experiment keeps its id if that is free and fits
   * MLflow's 32 bits. `source` names the other workspace.
   */
  importExperiment(source: string, experiment: ImportedExperiment): Promise<string>;
  /** Progress by id. Ids that do not exist in this store are left out. */
  findProgress(kind: ImportedKind, ids: readonly string[]): Promise<ReadonlyMap<string, ImportProgress>>;
  /** Only for things that the import created. */
  saveProgress(kind: ImportedKind, progress: readonly ImportProgress[]): Promise<void>;
  /** Stores runs without their metrics and marks new ones as `partial`. A run that has already ended here stays ended. */
  importRuns(experimentId: string, runs: readonly ImportedRun[]): Promise<void>;
  /** Adds points to runs stored by `importRuns`. */
  importMetrics(histories: readonly ImportedHistory[]): Promise<void>;
  /** Stores logged models and marks new ones as `partial`. Skips metrics of runs that do not exist here. */
  importModels(experimentId: string, models: readonly ImportedModel[]): Promise<void>;
  /** Updates artifact locations. */
  moveArtifacts(kind: ImportedKind, moves: readonly ArtifactMove[]): Promise<void>;
  /** The artifact location of a run or model, or undefined when it does not exist. */
  findArtifactUri(kind: ImportedKind, id: string): Promise<string | undefined>;
  /**
   * Adds a registered model, or adds missing versions to the model with the same name. A version whose number is taken by a
   * different version gets the next free number. Existing aliases and tags are kept.
   */
  importRegisteredModel(source: string, model: ImportedRegisteredModel): Promise<ImportedVersions>;
  countRuns(runIds: readonly string[]): Promise<ImportedRunCounts>;
  countModels(modelIds: readonly string[]): Promise<number>;
}
