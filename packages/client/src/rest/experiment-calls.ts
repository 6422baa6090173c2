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

/** The calls on experiments, and on the datasets of their runs. */
export type ExperimentCalls = {
  /** Returns the new experiment's id. A taken name throws `RESOURCE_ALREADY_EXISTS`. */
  createExperiment(input: CreateExperimentInput, options?: CallOptions): Promise<string>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  getExperiment(experimentId: string, options?: CallOptions): Promise<Experiment>;

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none; deleted ones are found too. */
  getExperimentByName(name: string, options?: CallOptions): Promise<Experiment>;

  /** Undefined when there is none; deleted ones are found too. */
  findExperimentByName(name: string, options?: CallOptions): Promise<Experiment | undefined>;

  /** One page. The default order is newest first. */
  searchExperiments(input?: SearchExperimentsInput, options?: CallOptions): Promise<Page<Experiment>>;

  /** All pages, fetched as they are needed. */
  searchExperimentsAll(
    input?: Omit<SearchExperimentsInput, "pageToken">,
    options?: CallOptions,
  ): AsyncGenerator<Experiment, void, undefined>;

  renameExperiment(experimentId: string, newName: string, options?: CallOptions): Promise<void>;

  /** Marks as deleted, with its runs. */
  deleteExperiment(experimentId: string, options?: CallOptions): Promise<void>;

  restoreExperiment(experimentId: string, options?: CallOptions): Promise<void>;

  setExperimentTag(experimentId: string, tag: Tag, options?: CallOptions): Promise<void>;

  deleteExperimentTag(experimentId: string, key: string, options?: CallOptions): Promise<void>;

  /** The datasets that runs of these experiments used, by experiment and name. */
  searchDatasets(experimentIds: readonly string[], options?: CallOptions): Promise<readonly DatasetSummary[]>;
};

/** Sends these calls through `rest`. */
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
