import { type Tag } from "../tag.ts";

/** What `createRegisteredModel` takes. */
export type CreateRegisteredModelInput = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** What `createModelVersion` takes. */
export type CreateModelVersionInput = {
  readonly name: string;
  /** Where the files are: `models:/m-…`, `runs:/…` resolved, or an artifact URI of the server. */
  readonly source: string;
  readonly runId?: string | undefined;
  readonly runLink?: string | undefined;
  readonly modelId?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** What a search of registered models or of versions takes. */
export type SearchRegistryInput = {
  readonly filter?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/** Names one version of a registered model. */
export type ModelVersionKey = { readonly name: string; readonly version: string };

/** What `transitionModelVersionStage` takes. */
export type TransitionStageInput = ModelVersionKey & {
  readonly stage: string;
  /** Default false. */
  readonly archiveExistingVersions?: boolean | undefined;
};

/** The request of `createRegisteredModel` as it travels. */
export function createRegisteredModelToWire({ name, description, tags = [] }: CreateRegisteredModelInput) {
  return { name, description, tags: [...tags] };
}

/** The request of `createModelVersion` as it travels. */
export function createModelVersionToWire({
  name,
  source,
  runId,
  runLink,
  modelId,
  description,
  tags = [],
}: CreateModelVersionInput) {
  return {
    name,
    source,
    run_id: runId,
    run_link: runLink,
    model_id: modelId,
    description,
    tags: [...tags],
  };
}

/** The request of `transitionModelVersionStage` as it travels. */
export function transitionModelVersionStageToWire({
  name,
  version,
  stage,
  archiveExistingVersions,
}: TransitionStageInput) {
  return { name, version, stage, archive_existing_versions: archiveExistingVersions };
}

type SearchRequest = {
  filter: string | undefined;
  max_results: number | undefined;
  order_by: string[];
  page_token: string | undefined;
};

/** The request of a search of registered models or of versions as it travels. */
export function searchRegistryToWire({
  filter,
  maxResults,
  orderBy = [],
  pageToken,
}: SearchRegistryInput): SearchRequest {
  return { filter, max_results: maxResults, order_by: [...orderBy], page_token: pageToken };
}
