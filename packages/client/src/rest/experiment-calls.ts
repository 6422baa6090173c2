import { isAppError } from "@flightdeck/core";
import {
  type CreateExperimentInput,
  createExperimentToWire,
  type DatasetSummary,
  datasetSummaryFromWire,
  endpoints,
  type Experiment,
  experimentFromWire,
  type Page,
  type SearchExperimentsInput,
  searchExperimentsToWire,
  type Tag,
} from "@flightdeck/protocol";
import { allItems, toPage } from "./page.ts";
import type { CallOptions, RestClient } from "./rest-client.ts";

/** Calls for experiments, and for the datasets of their runs. */
export type ExperimentCalls = {
  /** Returns the new experiment's id. Throws `RESOURCE_ALREADY_EXISTS` if the name is taken. */
  createExperiment(input: CreateExperimentInput, options?: CallOptions): Promise<string>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getExperiment(experimentId: string, options?: CallOptions): Promise<Experiment>;

  /** Also finds deleted experiments. Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getExperimentByName(name: string, options?: CallOptions): Promise<Experiment>;

  /** Also finds deleted experiments. Returns undefined when there is none. */
  findExperimentByName(name: string, options?: CallOptions): Promise<Experiment | undefined>;

  /** One page. The default order is newest first. */
  searchExperiments(input?: SearchExperimentsInput, options?: CallOptions): Promise<Page<Experiment>>;

  /** All pages, fetched as they are needed. */
  searchExperimentsAll(
    input?: Omit<SearchExperimentsInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<Experiment, void, undefined>;

  renameExperiment(experimentId: string, newName: string, options?: CallOptions): Promise<void>;

  /** Marks the experiment and its runs as deleted. */
  deleteExperiment(experimentId: string, options?: CallOptions): Promise<void>;

  restoreExperiment(experimentId: string, options?: CallOptions): Promise<void>;

  setExperimentTag(experimentId: string, tag: Tag, options?: CallOptions): Promise<void>;

  deleteExperimentTag(experimentId: string, key: string, options?: CallOptions): Promise<void>;

  /** The datasets used by runs of these experiments, sorted by experiment and name. */
  searchDatasets(experimentIds: readonly string[], options?: CallOptions): Promise<readonly DatasetSummary[]>;
};

/** The calls, sent through `rest`. */
export function experimentCalls(rest: RestClient): ExperimentCalls {
  const calls: ExperimentCalls = {
    async createExperiment(input, options) {
      return (await rest.call(endpoints.createExperiment, createExperimentToWire(input), options))
        .experiment_id;
    },

    async getExperiment(experimentId, options) {
      const request = { experiment_id: experimentId };
      return experimentFromWire((await rest.call(endpoints.getExperiment, request, options)).experiment);
    },

    async getExperimentByName(name, options) {
      const request = { experiment_name: name };
      return experimentFromWire(
        (await rest.call(endpoints.getExperimentByName, request, options)).experiment,
      );
    },

    async findExperimentByName(name, options) {
      try {
        return await calls.getExperimentByName(name, options);
      } catch (error) {
        if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
        throw error;
      }
    },

    async searchExperiments(input = {}, options) {
      const answer = await rest.call(endpoints.searchExperiments, searchExperimentsToWire(input), options);
      return toPage(answer.experiments.map(experimentFromWire), answer.next_page_token);
    },

    searchExperimentsAll(input = {}, options) {
      return allItems((pageToken) => calls.searchExperiments({ ...input, pageToken }, options));
    },

    async renameExperiment(experimentId, newName, options) {
      const request = { experiment_id: experimentId, new_name: newName };
      await rest.call(endpoints.updateExperiment, request, options);
    },

    async deleteExperiment(experimentId, options) {
      await rest.call(endpoints.deleteExperiment, { experiment_id: experimentId }, options);
    },

    async restoreExperiment(experimentId, options) {
      await rest.call(endpoints.restoreExperiment, { experiment_id: experimentId }, options);
    },

    async setExperimentTag(experimentId, tag, options) {
      await rest.call(endpoints.setExperimentTag, { experiment_id: experimentId, ...tag }, options);
    },

    async deleteExperimentTag(experimentId, key, options) {
      await rest.call(endpoints.deleteExperimentTag, { experiment_id: experimentId, key }, options);
    },

    async searchDatasets(experimentIds, options) {
      const request = { experiment_ids: [...experimentIds] };
      const { dataset_summaries: summaries } = await rest.call(endpoints.searchDatasets, request, options);
      return summaries.map(datasetSummaryFromWire);
    },
  };
  return calls;
}
