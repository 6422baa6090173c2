import type {
  Experiment,
  LoggedModel,
  Metric,
  ModelVersion,
  RegisteredModel,
  Run,
} from "@flightdeck/protocol";

/** An experiment as another workspace has it. An empty `artifactLocation` means: derive one, as for a new experiment. */
export type ImportedExperiment = Experiment;

/** A run as another workspace has it. Its metrics come apart, as histories. */
export type ImportedRun = Run & {
  /** When it was deleted, where that is known. */
  readonly deletedTimeMs?: number | undefined;
};

/** Points of one run. */
export type ImportedHistory = { readonly runId: string; readonly metrics: readonly Metric[] };

/** A logged model as another workspace has it; its metrics tell which run measured them. */
export type ImportedModel = Omit<LoggedModel, "metrics"> & {
  readonly isDeleted: boolean;
  readonly metrics: readonly (Metric & { readonly runId: string })[];
};

/** A version with the place of its files, which `source` may name indirectly. */
export type ImportedVersion = ModelVersion & { readonly storageLocation: string };

/** A registered model as another workspace has it, with all its versions. */
export type ImportedRegisteredModel = Omit<RegisteredModel, "latestVersions"> & {
  /** The highest number ever given, also to a version that is deleted. */
  readonly lastVersion: number;
  readonly versions: readonly ImportedVersion[];
};

/** What is imported piece by piece. Its ids are unique everywhere, so they stay. */
export type ImportedKind = "run" | "logged_model";

export type ImportState =
  /** There, but no import has made it: it is left as it is. */
  | "foreign"
  /** Begun: its history or its artifacts may be missing, or it was still changing when it was read. */
  | "partial"
  /** All that the database keeps of it is there; its artifacts lie where they lay. */
  | "recorded"
  /** Its artifacts are there too. */
  | "complete";

export type ImportProgress = {
  readonly id: string;
  readonly state: ImportState;
  /** Points of its metrics in the source. */
  readonly points: number;
  /** Files of its artifacts in the source. */
  readonly files: number;
};

export type ArtifactMove = { readonly id: string; readonly artifactUri: string };

/** How much a store holds of some runs. */
export type ImportedRunCounts = {
  readonly runs: number;
  readonly params: number;
  readonly tags: number;
  readonly points: number;
  readonly datasetInputs: number;
};

/** What became of a registered model's versions. */
export type ImportedVersions = {
  /** Versions of the source that are there now. */
  readonly versions: number;
  /** Those whose number was taken by another version, with the numbers they got. */
  readonly renumbered: readonly { readonly version: string; readonly newVersion: string }[];
};

/**
 * Bulk writes that keep what another workspace has: ids, times, lifecycle stages and histories. Values are stored as they
 * are, also beyond the limits of the REST API, since they were accepted once.
 *
 * Every write is one transaction, durable when it resolves. Every write may be repeated: it adds what is missing. What
 * users of this store have changed since stays as they left it.
 */
export interface ImportSink {
  /**
   * Gives the id that the experiment has here. It is merged into the experiment that it was imported as before, else into
   * the one of the same name: tags that are missing are added, nothing else changes. A new one keeps its id when that is
   * free and fits MLflow's 32 bits. `source` names the workspace it comes from.
   */
  importExperiment(source: string, experiment: ImportedExperiment): Promise<string>;
  /** How far the import of each has come; those that are not there at all are left out. */
  findProgress(kind: ImportedKind, ids: readonly string[]): Promise<ReadonlyMap<string, ImportProgress>>;
  /** Only for what the import itself has made. */
  saveProgress(kind: ImportedKind, progress: readonly ImportProgress[]): Promise<void>;
  /** Stores runs without their metrics and marks new ones as `partial`. A run that has ended here keeps its end. */
  importRuns(experimentId: string, runs: readonly ImportedRun[]): Promise<void>;
  /** Adds points to runs that `importRuns` has stored. */
  importMetrics(histories: readonly ImportedHistory[]): Promise<void>;
  /** Stores logged models and marks new ones as `partial`. Metrics of runs that are not there are left out. */
  importModels(experimentId: string, models: readonly ImportedModel[]): Promise<void>;
  /** Says where artifacts lie now. */
  moveArtifacts(kind: ImportedKind, moves: readonly ArtifactMove[]): Promise<void>;
  /** Where the artifacts of a run or model lie; undefined when it is not there. */
  findArtifactUri(kind: ImportedKind, id: string): Promise<string | undefined>;
  /**
   * Adds a registered model, or the versions that are missing to the one of the same name. A version whose number is taken
   * by another one gets the next free number. Aliases and tags that are there stay.
   */
  importRegisteredModel(source: string, model: ImportedRegisteredModel): Promise<ImportedVersions>;
  countRuns(runIds: readonly string[]): Promise<ImportedRunCounts>;
  countModels(modelIds: readonly string[]): Promise<number>;
}
