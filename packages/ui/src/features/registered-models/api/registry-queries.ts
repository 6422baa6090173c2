import type { LoggedModel, ModelVersion } from "@flightdeck/protocol";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { mlflowClient } from "../../../app/mlflow-client.ts";
import { containsPattern, quoteFilterText } from "../../../lib/filter-text.ts";
import { loggedModelIdOf, loggedModelUri } from "../logged-model-of.ts";
import { QUERY_KEYS } from "../../../lib/query-keys.ts";

/** As many as fit a screen several times over; the rest come by "Load more". */
const MODELS_PAGE_SIZE = 100;
/** Versions of one model on its page; the newest come first. */
export const VERSIONS_SHOWN_MAX = 1000;

/** The registered models whose names hold `q`, by name, page by page. */
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

/** The versions of a registered model, newest first. */
export function modelVersionsQuery(name: string) {
  return versionsQuery({ name }, `name = ${quoteFilterText(name)}`);
}

/**
 * The versions that were registered from a logged model, of whatever name. The server can find versions by the run they
 * came from or by their source, not by their model.
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
