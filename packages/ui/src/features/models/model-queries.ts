import type { LoggedModel, ModelVersion, Run } from "@flightdeck/protocol";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { mlflowClient } from "../../lib/mlflow-client.ts";
import { containsPattern, quoteFilterText } from "../../lib/mlflow-text.ts";
import { QUERY_KEYS } from "../../lib/query-keys.ts";
import { loggedModelIdOf, loggedModelUri } from "./serve-snippets.ts";

/** Several screens' worth; "Load more" gets the rest. */
const MODELS_PAGE_SIZE = 100;
/** Versions shown on a model's page, newest first. */
export const VERSIONS_SHOWN_MAX = 1000;

/** Registered models whose names contain `q`, by name, page by page. */
export function registeredModelsQuery(q: string | undefined) {
  return infiniteQueryOptions({
    queryKey: [QUERY_KEYS.registeredModels, q ?? ""],
    queryFn: ({ pageParam, signal }) =>
      mlflowClient.searchRegisteredModels(
        {
          filter: q === undefined ? undefined : `name ILIKE ${containsPattern(q)}`,
          maxResults: MODELS_PAGE_SIZE,
          orderBy: ["name ASC"],
          pageToken: pageParam === "" ? undefined : pageParam,
        },
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken,
  });
}

export function registeredModelQuery(name: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.registeredModel, name],
    queryFn: ({ signal }) => mlflowClient.getRegisteredModel(name, { signal }),
  });
}

/** A registered model's versions, newest first. */
export function modelVersionsQuery(name: string) {
  return versionsQuery({ name }, `name = ${quoteFilterText(name)}`);
}

/**
 * All versions registered from a logged model, under any name. The server can search versions by source run or source
 * URI, but not by logged model.
 */
export function versionsOfLoggedModelQuery({ modelId, sourceRunId }: LoggedModel) {
  const filter =
    sourceRunId === ""
      ? `source_path = ${quoteFilterText(loggedModelUri(modelId))}`
      : `run_id = ${quoteFilterText(sourceRunId)}`;
  return queryOptions({
    ...versionsQuery({ modelId }, filter),
    select: (versions) => versions.filter((version) => loggedModelIdOf(version) === modelId),
  });
}

export function modelVersionQuery(name: string, version: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.modelVersions, { name, version }],
    queryFn: ({ signal }) => mlflowClient.getModelVersion({ name, version }, { signal }),
  });
}

/** The artifact URI of a version's files. */
export function versionFilesQuery(name: string, version: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.modelVersions, { name, version }, "files"],
    queryFn: ({ signal }) => mlflowClient.getModelVersionDownloadUri({ name, version }, { signal }),
  });
}

function versionsQuery(key: Readonly<Record<string, string>>, filter: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.modelVersions, key],
    queryFn: async ({ signal }): Promise<readonly ModelVersion[]> => {
      const { items } = await mlflowClient.searchModelVersions(
        { filter, maxResults: VERSIONS_SHOWN_MAX },
        { signal },
      );
      return items.toSorted((a, b) => Number(b.version) - Number(a.version));
    },
  });
}

/** Models shown for one run. A run with more is a collection, better searched in its experiment. */
const RUN_MODELS_MAX = 100;

/** The models that a run logged, oldest first. */
export function runModelsQuery({ info }: Run) {
  return queryOptions({
    queryKey: [QUERY_KEYS.loggedModels, { runId: info.runId }],
    queryFn: async ({ signal }): Promise<readonly LoggedModel[]> => {
      const { items } = await mlflowClient.searchLoggedModels(
        {
          experimentIds: [info.experimentId],
          filter: `source_run_id = ${quoteFilterText(info.runId)}`,
          maxResults: RUN_MODELS_MAX,
          orderBy: [{ fieldName: "creation_timestamp", ascending: true }],
        },
        { signal },
      );
      return items;
    },
  });
}

export function loggedModelQuery(modelId: string) {
  return queryOptions({
    queryKey: [QUERY_KEYS.loggedModel, modelId],
    queryFn: ({ signal }) => mlflowClient.getLoggedModel(modelId, { signal }),
  });
}
