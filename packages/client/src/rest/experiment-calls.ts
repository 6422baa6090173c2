import { isAppError } from "@flightdeck/core";
import {
  type DatasetSummary,
  datasetSummaryFromWire,
  endpoints,
  type Experiment,
  experimentFromWire,
  LIMITS,
  type Tag,
  type ViewType,
} from "@flightdeck/protocol";
import { allItems, type Page, toPage } from "./page.ts";
import { type CallOptions, RestClient } from "./rest-client.ts";

export type CreateExperimentInput = {
  readonly name: string;
  /** Absent: the server derives it from its default artifact root. */
  readonly artifactLocation?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

export type SearchExperimentsInput = {
  /** Default ACTIVE_ONLY. */
  readonly viewType?: ViewType | undefined;
  readonly maxResults?: number | undefined;
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/** The calls on experiments; `MlflowClient` adds the rest. */
export class ExperimentCalls extends RestClient {
  /** Returns the new experiment's id. A taken name throws `RESOURCE_ALREADY_EXISTS`. */
  async createExperiment(input: CreateExperimentInput, options?: CallOptions): Promise<string> {
    const { name, artifactLocation, tags = [] } = input;
    const request = { name, artifact_location: artifactLocation, tags: [...tags] };
    return (await this.call(endpoints.createExperiment, request, options)).experiment_id;
  }

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none. */
  async getExperiment(experimentId: string, options?: CallOptions): Promise<Experiment> {
    const request = { experiment_id: experimentId };
    return experimentFromWire((await this.call(endpoints.getExperiment, request, options)).experiment);
  }

  /** Throws `RESOURCE_DOES_NOT_EXIST` when there is none; deleted ones are found too. */
  async getExperimentByName(name: string, options?: CallOptions): Promise<Experiment> {
    const request = { experiment_name: name };
    return experimentFromWire((await this.call(endpoints.getExperimentByName, request, options)).experiment);
  }

  /** Undefined when there is none; deleted ones are found too. */
  async findExperimentByName(name: string, options?: CallOptions): Promise<Experiment | undefined> {
    try {
      return await this.getExperimentByName(name, options);
    } catch (error) {
      if (isAppError(error, "RESOURCE_DOES_NOT_EXIST")) return undefined;
      throw error;
    }
  }

  /** One page. The default order is newest first. */
  async searchExperiments(
    input: SearchExperimentsInput = {},
    options?: CallOptions,
  ): Promise<Page<Experiment>> {
    // MLflow's own server refuses a search that names no size.
    const {
      viewType,
      maxResults = LIMITS.searchExperimentsResultsDefault,
      filter,
      orderBy = [],
      pageToken,
    } = input;
    const answer = await this.call(
      endpoints.searchExperiments,
      {
        view_type: viewType,
        max_results: maxResults,
        filter,
        order_by: [...orderBy],
        page_token: pageToken,
      },
      options,
    );
    return toPage(answer.experiments.map(experimentFromWire), answer.next_page_token);
  }

  /** All pages, fetched as they are needed. */
  searchExperimentsAll(
    input: Omit<SearchExperimentsInput, "pageToken"> = {},
    options?: CallOptions,
  ): AsyncGenerator<Experiment, void, undefined> {
    return allItems((pageToken) => this.searchExperiments({ ...input, pageToken }, options));
  }

  async renameExperiment(experimentId: string, newName: string, options?: CallOptions): Promise<void> {
    const request = { experiment_id: experimentId, new_name: newName };
    await this.call(endpoints.updateExperiment, request, options);
  }

  /** Marks as deleted, with its runs. */
  async deleteExperiment(experimentId: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteExperiment, { experiment_id: experimentId }, options);
  }

  async restoreExperiment(experimentId: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.restoreExperiment, { experiment_id: experimentId }, options);
  }

  async setExperimentTag(experimentId: string, tag: Tag, options?: CallOptions): Promise<void> {
    await this.call(endpoints.setExperimentTag, { experiment_id: experimentId, ...tag }, options);
  }

  async deleteExperimentTag(experimentId: string, key: string, options?: CallOptions): Promise<void> {
    await this.call(endpoints.deleteExperimentTag, { experiment_id: experimentId, key }, options);
  }

  /** The datasets that runs of these experiments used, by experiment and name. */
  async searchDatasets(
    experimentIds: readonly string[],
    options?: CallOptions,
  ): Promise<readonly DatasetSummary[]> {
    const request = { experiment_ids: [...experimentIds] };
    const { dataset_summaries: summaries } = await this.call(endpoints.searchDatasets, request, options);
    return summaries.map(datasetSummaryFromWire);
  }
}
