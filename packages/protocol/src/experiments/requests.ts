import { LIMITS } from "../limits.ts";
import { type Tag } from "../tag.ts";
import { type ViewType } from "../view-type.ts";

/** What `createExperiment` takes. */
export type CreateExperimentInput = {
  readonly name: string;
  /** Absent: the server derives it from its default artifact root. */
  readonly artifactLocation?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** What `searchExperiments` takes. */
export type SearchExperimentsInput = {
  /** Default ACTIVE_ONLY. */
  readonly viewType?: ViewType | undefined;
  readonly maxResults?: number | undefined;
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/** The request of `createExperiment` as it travels. */
export function createExperimentToWire({ name, artifactLocation, tags = [] }: CreateExperimentInput) {
  return { name, artifact_location: artifactLocation, tags: [...tags] };
}

/** MLflow's own server refuses a search that names no size. */
export function searchExperimentsToWire({
  viewType,
  maxResults = LIMITS.searchExperimentsResultsDefault,
  filter,
  orderBy = [],
  pageToken,
}: SearchExperimentsInput) {
  return {
    view_type: viewType,
    max_results: maxResults,
    filter,
    order_by: [...orderBy],
    page_token: pageToken,
  };
}
