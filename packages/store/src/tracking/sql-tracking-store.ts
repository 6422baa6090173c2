import {
  LIMITS,
  type DatasetInput,
  type DatasetSummary,
  type Experiment,
  type LoggedModel,
  type LoggedModelStatus,
  type Metric,
  type ModelInput,
  type ModelOutput,
  type Param,
  type Run,
  type RunInfo,
  type Tag,
} from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import type { Database } from "../database/work.ts";
import type { Page } from "../search/page.ts";
import { checkMaxResults } from "../search/search-page.ts";
import {
  checkedBatch,
  checkedParam,
  checkedTag,
  checkExperimentTag,
  checkMetric,
} from "../validation/entities.ts";
import * as experiments from "./experiments.ts";
import { logBatch, logMetric, logParam, setTag } from "./log-batch.ts";
import * as loggedModels from "./logged-models.ts";
import {
  checkMetricHistoryBulk,
  checkMetricInterval,
  getMetricHistory,
  getMetricHistoryBulk,
  getMetricHistoryBulkInterval,
  UNPAGED_POINTS_MAX,
} from "./metric-history.ts";
import {
  checkDatasetInputs,
  checkDatasetSearch,
  insertDatasetInputs,
  insertModelInputs,
  insertModelOutputs,
  searchDatasets,
} from "./run-inputs.ts";
import { getActiveRunRow } from "./run-rows.ts";
import { appendModelHistory, deleteRunTag, modelHistoryEntry } from "./run-tags.ts";
import * as runs from "./runs.ts";
import { searchExperiments } from "./search-experiments.ts";
import { searchLoggedModels } from "./search-logged-models.ts";
import { findRuns, readFoundRuns, searchRuns } from "./search-runs.ts";
import type {
  CreateExperimentInput,
  CreateLoggedModelInput,
  CreateRunInput,
  LogBatchInput,
  MetricHistoryBulkInput,
  MetricHistoryInput,
  MetricIntervalInput,
  SearchExperimentsInput,
  SearchLoggedModelsInput,
  SearchRunsInput,
  TrackingStore,
  UpdateRunInput,
} from "./tracking-store.ts";

/** About 2 ms of work: others wait no longer than that for their turn. */
const RUNS_PER_SLICE = 100;
const POINTS_PER_SLICE = 5000;
/** A search that has to sort all runs does so for each part, so parts are larger than slices. */
const RUNS_PER_SEARCH = 2000;

/**
 * The tracking store in a SQL database. Each method checks its input and runs one transaction; the other files of this folder
 * have the work inside it.
 */
export class SqlTrackingStore implements TrackingStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async createExperiment(input: CreateExperimentInput): Promise<string> {
    experiments.checkNewExperiment(input);
    return this.#database.write(() => experiments.createExperiment(this.#context, input));
  }

  async getExperiment(experimentId: string): Promise<Experiment> {
    return this.#database.read(() => experiments.getExperiment(experimentId));
  }

  async findExperimentByName(name: string): Promise<Experiment | undefined> {
    return this.#database.read(() => experiments.findExperimentByName(this.#context, name));
  }

  async searchExperiments(input: SearchExperimentsInput): Promise<Page<Experiment>> {
    return this.#database.read(() => searchExperiments(this.#context, input));
  }

  async renameExperiment(experimentId: string, newName: string): Promise<void> {
    experiments.checkExperimentName(newName);
    return this.#database.write(() => experiments.renameExperiment(this.#context, experimentId, newName));
  }

  async deleteExperiment(experimentId: string): Promise<void> {
    return this.#database.write(() => experiments.deleteExperiment(this.#context, experimentId));
  }

  async restoreExperiment(experimentId: string): Promise<void> {
    return this.#database.write(() => experiments.restoreExperiment(this.#context, experimentId));
  }

  async setExperimentTag(experimentId: string, tag: Tag): Promise<void> {
    checkExperimentTag(tag);
    return this.#database.write(() => experiments.setExperimentTag(experimentId, tag));
  }

  async deleteExperimentTag(experimentId: string, key: string): Promise<void> {
    return this.#database.write(() => experiments.deleteExperimentTag(experimentId, key));
  }

  async createRun(input: CreateRunInput): Promise<Run> {
    const tags = (input.tags ?? []).map((tag, index) => checkedTag(tag, `tags[${index}]`));
    return this.#database.write(() => runs.createRun(this.#context, { ...input, tags }));
  }

  async getRun(runId: string): Promise<Run> {
    return this.#database.read(() => runs.getRun(runId));
  }

  async updateRun(input: UpdateRunInput): Promise<RunInfo> {
    return this.#database.write(() => runs.updateRun(input));
  }

  async deleteRun(runId: string): Promise<void> {
    return this.#database.write(() => runs.deleteRun(this.#context, runId));
  }

  async restoreRun(runId: string): Promise<void> {
    return this.#database.write(() => runs.restoreRun(runId));
  }

  async searchRuns(input: SearchRunsInput): Promise<Page<Run>> {
    return this.#database.read(() => searchRuns(this.#context, input));
  }

  async *searchRunsInSlices(input: SearchRunsInput): AsyncGenerator<Page<Run>> {
    let { pageToken, maxResults: left = LIMITS.searchRunsResultsDefault } = input;
    checkMaxResults(left, LIMITS.searchRunsResultsMax);
    do {
      const part = { ...input, pageToken, maxResults: Math.min(left, RUNS_PER_SEARCH) };
      const { ids, nextPageToken } = await this.#database.read(() => findRuns(this.#context, part));
      left -= ids.length;
      pageToken = nextPageToken;
      for (let start = 0; start < ids.length; start += RUNS_PER_SLICE) {
        const slice = ids.slice(start, start + RUNS_PER_SLICE);
        yield { items: await this.#database.read(() => readFoundRuns(slice)) };
      }
    } while (left > 0 && pageToken !== undefined);
    yield { items: [], nextPageToken: pageToken };
  }

  async logBatch({ runId, metrics = [], params = [], tags = [] }: LogBatchInput): Promise<void> {
    const batch = checkedBatch({ metrics, params, tags });
    return this.#database.write(() => logBatch(runId, batch));
  }

  async logMetric(runId: string, metric: Metric): Promise<void> {
    checkMetric(metric, "");
    return this.#database.write(() => logMetric(runId, metric));
  }

  async logParam(runId: string, param: Param): Promise<void> {
    const checked = checkedParam(param, "");
    return this.#database.write(() => logParam(runId, checked));
  }

  async setTag(runId: string, tag: Tag): Promise<void> {
    const checked = checkedTag(tag, "");
    return this.#database.write(() => setTag(runId, checked));
  }

  async deleteTag(runId: string, key: string): Promise<void> {
    return this.#database.write(function* () {
      yield* deleteRunTag(yield* getActiveRunRow(runId), key);
    });
  }

  async logModelJson(runId: string, modelJson: string): Promise<void> {
    const entry = modelHistoryEntry(modelJson);
    return this.#database.write(() => appendModelHistory(runId, entry));
  }

  async logInputs(
    runId: string,
    datasets: readonly DatasetInput[],
    models: readonly ModelInput[],
  ): Promise<void> {
    checkDatasetInputs(datasets);
    return this.#database.write(function* () {
      const run = yield* getActiveRunRow(runId);
      yield* insertDatasetInputs(run, datasets);
      yield* insertModelInputs(run, models);
    });
  }

  async logOutputs(runId: string, models: readonly ModelOutput[]): Promise<void> {
    return this.#database.write(function* () {
      yield* insertModelOutputs(yield* getActiveRunRow(runId), models);
    });
  }

  async getMetricHistory(input: MetricHistoryInput): Promise<Page<Metric>> {
    return this.#database.read(() => getMetricHistory(input));
  }

  async *getMetricHistoryInSlices(input: MetricHistoryInput): AsyncGenerator<Page<Metric>> {
    let { pageToken, maxResults: left = UNPAGED_POINTS_MAX } = input;
    do {
      const maxResults = Math.min(left, POINTS_PER_SLICE);
      const slice = await this.getMetricHistory({ ...input, maxResults, pageToken });
      left -= slice.items.length;
      pageToken = slice.nextPageToken;
      yield left === 0 ? slice : { items: slice.items };
    } while (left > 0 && pageToken !== undefined);
  }

  async getMetricHistoryBulk(
    input: MetricHistoryBulkInput,
  ): Promise<readonly (Metric & { readonly runId: string })[]> {
    checkMetricHistoryBulk(input);
    return this.#database.read(() => getMetricHistoryBulk(input));
  }

  async searchDatasets(experimentIds: readonly string[]): Promise<readonly DatasetSummary[]> {
    checkDatasetSearch(experimentIds);
    return this.#database.read(() => searchDatasets(this.#context, experimentIds));
  }

  async getMetricHistoryBulkInterval(
    input: MetricIntervalInput,
  ): Promise<readonly (Metric & { readonly runId: string })[]> {
    checkMetricInterval(input);
    return this.#database.read(() => getMetricHistoryBulkInterval(input));
  }

  async createLoggedModel(input: CreateLoggedModelInput): Promise<LoggedModel> {
    return this.#database.write(() => loggedModels.createLoggedModel(this.#context, input));
  }

  async getLoggedModel(modelId: string): Promise<LoggedModel> {
    return this.#database.read(() => loggedModels.getLoggedModel(modelId));
  }

  async finalizeLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel> {
    return this.#database.write(() => loggedModels.finalizeLoggedModel(this.#context, modelId, status));
  }

  async deleteLoggedModel(modelId: string): Promise<void> {
    return this.#database.write(() => loggedModels.deleteLoggedModel(this.#context, modelId));
  }

  async searchLoggedModels(input: SearchLoggedModelsInput): Promise<Page<LoggedModel>> {
    return this.#database.read(() => searchLoggedModels(this.#context, input));
  }

  async setLoggedModelTags(modelId: string, tags: readonly Tag[]): Promise<LoggedModel> {
    return this.#database.write(() => loggedModels.setLoggedModelTags(modelId, tags));
  }

  async deleteLoggedModelTag(modelId: string, key: string): Promise<void> {
    return this.#database.write(() => loggedModels.deleteLoggedModelTag(modelId, key));
  }

  async logLoggedModelParams(modelId: string, params: readonly Param[]): Promise<void> {
    return this.#database.write(() => loggedModels.logLoggedModelParams(modelId, params));
  }
}
