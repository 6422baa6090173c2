import type {
  CreateLoggedModelInput,
  CreateRunInput,
  DatasetInput,
  DatasetSummary,
  Experiment,
  LogBatchInput,
  LoggedModel,
  LoggedModelStatus,
  Metric,
  MetricHistoryBulkInput,
  MetricHistoryInput,
  MetricIntervalInput,
  ModelInput,
  ModelOutput,
  Param,
  Run,
  RunInfo,
  SearchLoggedModelsInput,
  Tag,
  UpdateRunInput,
  ViewType,
} from "@flightdeck/protocol";
import type { Page } from "../search/page.ts";

export type {
  CreateLoggedModelInput,
  CreateRunInput,
  DatasetFilter,
  LogBatchInput,
  LoggedModelOrder,
  MetricHistoryBulkInput,
  MetricHistoryInput,
  MetricIntervalInput,
  SearchLoggedModelsInput,
  UpdateRunInput,
} from "@flightdeck/protocol";

export type CreateExperimentInput = {
  readonly name: string;
  /** Absent: the store derives it from `artifactRoot`. */
  readonly artifactLocation?: string | undefined;
  /** Below which the location is made, as `<root>/<experiment id>`. Default: the store's own default root. */
  readonly artifactRoot?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

export type SearchExperimentsInput = {
  readonly viewType: ViewType;
  readonly maxResults?: number | undefined;
  /** MLflow's grammar over `name`, `creation_time`, `last_update_time` and tags. */
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

export type SearchRunsInput = {
  readonly experimentIds: readonly string[];
  readonly runViewType: ViewType;
  readonly filter?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/**
 * What is remembered of experiments, runs and logged models.
 *
 * Concurrency: every method may be called at any time by many callers. Each write is one transaction: it happens whole
 * or not at all, and writes to one run happen in the order of their calls.
 * Durability: a write's promise resolves only when the change survives `kill -9` and a power cut.
 * Reads see every write that has resolved before them.
 * Absence: `get…` and writes to an absent experiment, run or model throw `RESOURCE_DOES_NOT_EXIST`; `find…` gives
 * undefined. Writes to a deleted run or experiment throw `INVALID_PARAMETER_VALUE` as MLflow does.
 * Validation: limits, filters and page tokens are checked here, with MLflow's codes and wording.
 * Ownership: values given to and got from the store are never changed by it afterwards.
 */
export interface TrackingStore {
  /** Returns the id, a decimal counter as text. A taken name throws `RESOURCE_ALREADY_EXISTS`. */
  createExperiment(input: CreateExperimentInput): Promise<string>;
  getExperiment(experimentId: string): Promise<Experiment>;
  findExperimentByName(name: string): Promise<Experiment | undefined>;
  /** Default order: newest first. */
  searchExperiments(input: SearchExperimentsInput): Promise<Page<Experiment>>;
  renameExperiment(experimentId: string, newName: string): Promise<void>;
  /** Marks as deleted, with its active runs. */
  deleteExperiment(experimentId: string): Promise<void>;
  restoreExperiment(experimentId: string): Promise<void>;
  setExperimentTag(experimentId: string, tag: Tag): Promise<void>;
  deleteExperimentTag(experimentId: string, key: string): Promise<void>;

  createRun(input: CreateRunInput): Promise<Run>;
  getRun(runId: string): Promise<Run>;
  updateRun(input: UpdateRunInput): Promise<RunInfo>;
  deleteRun(runId: string): Promise<void>;
  restoreRun(runId: string): Promise<void>;
  /** Default order: newest start first, then run id. Page tokens survive inserts. */
  searchRuns(input: SearchRunsInput): Promise<Page<Run>>;

  /**
   * One transaction: a batch with one bad entry changes nothing. A param's value never changes once logged. Values of
   * params and tags beyond their limits are cut to them, as MLflow does.
   */
  logBatch(input: LogBatchInput): Promise<void>;
  /** One entry. The same as a batch of one, but for the words of an error, which MLflow has its own for. */
  logMetric(runId: string, metric: Metric): Promise<void>;
  logParam(runId: string, param: Param): Promise<void>;
  setTag(runId: string, tag: Tag): Promise<void>;
  /** Adds a model's MLmodel, JSON text, to the run's `mlflow.log-model.history` tag. */
  logModelJson(runId: string, modelJson: string): Promise<void>;
  logInputs(runId: string, datasets: readonly DatasetInput[], models: readonly ModelInput[]): Promise<void>;
  logOutputs(runId: string, models: readonly ModelOutput[]): Promise<void>;
  /** An absent tag throws `RESOURCE_DOES_NOT_EXIST`. */
  deleteTag(runId: string, key: string): Promise<void>;
  /** Sorted by timestamp, then step, then value. A point that was sent twice is there once. Unknown runs have no points. */
  getMetricHistory(input: MetricHistoryInput): Promise<Page<Metric>>;
  /** Run by run in the order of their ids, each sorted like a history. Unknown runs have no points. */
  getMetricHistoryBulk(
    input: MetricHistoryBulkInput,
  ): Promise<readonly (Metric & { readonly runId: string })[]>;
  /** Run by run as given, each sorted by step, then timestamp, then value. Unknown runs have no points. */
  getMetricHistoryBulkInterval(
    input: MetricIntervalInput,
  ): Promise<readonly (Metric & { readonly runId: string })[]>;
  /** The datasets of the experiments' runs, sorted by experiment and name. */
  searchDatasets(experimentIds: readonly string[]): Promise<readonly DatasetSummary[]>;

  createLoggedModel(input: CreateLoggedModelInput): Promise<LoggedModel>;
  getLoggedModel(modelId: string): Promise<LoggedModel>;
  finalizeLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel>;
  deleteLoggedModel(modelId: string): Promise<void>;
  searchLoggedModels(input: SearchLoggedModelsInput): Promise<Page<LoggedModel>>;
  setLoggedModelTags(modelId: string, tags: readonly Tag[]): Promise<LoggedModel>;
  deleteLoggedModelTag(modelId: string, key: string): Promise<void>;
  logLoggedModelParams(modelId: string, params: readonly Param[]): Promise<void>;
}
