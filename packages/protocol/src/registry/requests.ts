import type { Tag } from "../forms.ts";

/** Input of `createRegisteredModel`. */
export type CreateRegisteredModelInput = {
  readonly name: string;
  readonly description?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** Input of `createModelVersion`. */
export type CreateModelVersionInput = {
  readonly name: string;
  /** The location of the files: `models:/m-…`, a resolved `runs:/…`, or an artifact URI of the server. */
  readonly source: string;
  readonly runId?: string | undefined;
  readonly runLink?: string | undefined;
  readonly modelId?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly Tag[] | undefined;
};

/** Input of a search of registered models or of versions. */
export type SearchRegistryInput = {
  readonly filter?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly pageToken?: string | undefined;
};

/** Identifies one version of a registered model. */
export type ModelVersionKey = { readonly name: string; readonly version: string };

/** Input of `transitionModelVersionStage`. */
export type TransitionStageInput = ModelVersionKey & {
  readonly stage: string;
  /** Default false. */
  readonly archiveExistingVersions?: boolean | undefined;
};

/** Converts the input of `createRegisteredModel` to its wire form. */
export function createRegisteredModelToWire({ name, description, tags = [] }: CreateRegisteredModelInput) {
  return { name, description, tags: [...tags] };
}

/** Converts the input of `createModelVersion` to its wire form. */
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

/** Converts the input of `transitionModelVersionStage` to its wire form. */
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

/** Converts the input of a search of registered models or of versions to its wire form. */
export function searchRegistryToWire({
  filter,
  maxResults,
  orderBy = [],
  pageToken,
}: SearchRegistryInput): SearchRequest {
  return { filter, max_results: maxResults, order_by: [...orderBy], page_token: pageToken };
}
