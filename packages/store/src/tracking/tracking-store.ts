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

/** Input of `createExperiment`. */
export type CreateExperimentInput = {
  readonly name: string;
  /** Default: derived from `artifactRoot`. */
  readonly artifactLocation?: string | undefined;
  /** Parent of a derived location, `<root>/<experiment id>`. Default: the store's default root. */
  readonly artifactRoot?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** Filter, order and page of `searchExperiments`. */
export type SearchExperimentsInput = {
  readonly viewType: ViewType;
  readonly maxResults?: number | undefined;
  /** MLflow's grammar over `name`, `creation_time`, `last_update_time` and tags. */
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/** Filter, order and page of `searchRuns`. */
export type SearchRunsInput = {
  readonly experimentIds: readonly string[];
  readonly runViewType: ViewType;
  readonly filter?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/**
 * Experiments, runs and logged models.
 *
 * Concurrency: any number of callers may call any method at any time. Each write is one atomic transaction, and writes to one
 * run happen in the order of the calls.
 * Durability: a write's promise resolves only when the change survives `kill -9` and a power cut.
 * Consistency: a read sees every write that resolved before it.
 * Missing resources: `get…` and writes to a missing experiment, run or model throw `RESOURCE_DOES_NOT_EXIST`; `find…` returns
 * undefined. Writes to a deleted run or experiment throw `INVALID_PARAMETER_VALUE`, as in MLflow.
 * Validation: the store checks limits, filters and page tokens, with MLflow's codes and wording.
 * Ownership: the store never modifies values that it was given or has returned.
 */
export interface TrackingStore {
  /** Returns the id, a decimal counter as text. Throws `RESOURCE_ALREADY_EXISTS` when the name is taken. */
  createExperiment(input: CreateExperimentInput): Promise<string>;
  getExperiment(experimentId: string): Promise<Experiment>;
  findExperimentByName(name: string): Promise<Experiment | undefined>;
  /** Default order: newest first. */
  searchExperiments(input: SearchExperimentsInput): Promise<Page<Experiment>>;
  renameExperiment(experimentId: string, newName: string): Promise<void>;
  /** Marks the experiment and its active runs as deleted. */
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
   * The page of `searchRuns` in slices, each in a short transaction of its own, so that a page of thousands does not hold up other
   * callers. The last slice has the page token and may be empty. What changes meanwhile shows as it does between pages.
   */
  searchRunsInSlices(input: SearchRunsInput): AsyncIterable<Page<Run>>;

  /**
   * One transaction: a batch with one invalid entry changes nothing. A param's value cannot change once logged. Values of params
   * and tags that exceed their limits are truncated, as MLflow does.
   */
  logBatch(input: LogBatchInput): Promise<void>;
  /** Same as a batch of one, except for error messages, which differ in MLflow too. */
  logMetric(runId: string, metric: Metric): Promise<void>;
  logParam(runId: string, param: Param): Promise<void>;
  setTag(runId: string, tag: Tag): Promise<void>;
  /** Adds a model's MLmodel (JSON) to the run's tag `mlflow.log-model.history`. */
  logModelJson(runId: string, modelJson: string): Promise<void>;
  logInputs(runId: string, datasets: readonly DatasetInput[], models: readonly ModelInput[]): Promise<void>;
  logOutputs(runId: string, models: readonly ModelOutput[]): Promise<void>;
  /** Throws `RESOURCE_DOES_NOT_EXIST` when the tag does not exist. */
  deleteTag(runId: string, key: string): Promise<void>;
  /** Sorted by timestamp, then step, then value. A point that was logged twice appears once. Unknown runs have no points. */
  getMetricHistory(input: MetricHistoryInput): Promise<Page<Metric>>;
  /** The page of `getMetricHistory` in slices, as `searchRunsInSlices` has them. */
  getMetricHistoryInSlices(input: MetricHistoryInput): AsyncIterable<Page<Metric>>;
  /** Grouped by run in order of run id, each sorted like a history. Unknown runs have no points. */
  getMetricHistoryBulk(
    input: MetricHistoryBulkInput,
  ): Promise<readonly (Metric & { readonly runId: string })[]>;
  /** Grouped by run in the given order, each sorted by step, then timestamp, then value. Unknown runs have no points. */
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
