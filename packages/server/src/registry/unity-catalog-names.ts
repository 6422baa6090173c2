import { checkArtifactPath } from "@flightdeck/artifacts";
import { AppError } from "@flightdeck/core";
import { LIMITS, splitFullName } from "@flightdeck/protocol";
import type { Handlers, RequestContext } from "../calls/handler.ts";

/** Models that one listing of catalogs or schemas may scan. */
const MODELS_MAX = 50_000;

/** MLflow's clients look for "specify all three levels", and then suggest the other registry. */
const SAYS = "specify all three levels, <catalog>.<schema>.<model>, or a name without dots";

/**
 * Refuses invalid names of new models. The Files API must find versions at
 * `/Models/<catalog>/<schema>/<model>/<version>`, or at `/Models/<model>/<version>` for a name without dots, which jobs use
 * that were written for the workspace's own registry. Two names never share a path.
 */
export function checkNewName(name: string): void {
  const levels = name.split(".");
  if (![1, 3].includes(levels.length) || levels.some((level) => level.trim() === "")) {
    throw invalidName(name, SAYS);
  }
  if (name.includes("/")) throw invalidName(name, "leave out '/'");
  checkArtifactPath(levels.join("/"));
  const [, schema] = levels;
  if (schema !== undefined && /^\d+$/.test(schema)) {
    throw invalidName(name, "the schema must not be a number, which would be read as a version");
  }
}

/** The new full name of a renamed model; a name without dots stays in the same schema. */
export function renamed(fullName: string, newName: string): string {
  if (newName.includes(".")) return newName;
  return fullName.slice(0, fullName.lastIndexOf(".") + 1) + newName;
}

/** Databricks runs a deployment job when a model changes; this server does not. */
export function refuseDeploymentJob(deploymentJobId: string | undefined): void {
  if (deploymentJobId === undefined || deploymentJobId === "") return;
  const message = `deployment_job_id must be empty: models have no deployment jobs here, got '${deploymentJobId}'`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Refuses to rename a model and change its description in one call, because that would be two writes. */
export function refuseTwoChanges(newName: string | undefined, text: string | undefined): void {
  if (newName === undefined || newName === "" || text === undefined) return;
  throw new AppError("INVALID_PARAMETER_VALUE", "one call may change new_name or description, not both");
}

function invalidName(name: string, says: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid registered model name '${name}': ${says}.`);
}

/** The catalogs and schemas of the models that the caller may see. */
export const schemaHandlers: Pick<Handlers, "listCatalogs" | "listSchemas"> = {
  listCatalogs: async (request, context) => {
    const names = new Set<string>();
    for await (const { catalogName } of namesOf(context)) names.add(catalogName);
    const { items, ...token } = pageOf([...names], request);
    return { catalogs: items.map((name) => ({ name, full_name: name })), ...token };
  },
  listSchemas: async (request, context) => {
    const { catalog_name: catalog } = request;
    const names = new Set<string>();
    for await (const { catalogName, schemaName } of namesOf(context)) {
      if (catalogName === catalog) names.add(schemaName);
    }
    const { items, ...token } = pageOf([...names], request);
    const schemas = items.map((name) => ({ name, catalog_name: catalog, full_name: `${catalog}.${name}` }));
    return { schemas, ...token };
  },
};

type Place = { readonly catalogName: string; readonly schemaName: string };

/** Throws `RESOURCE_EXHAUSTED` when there are too many models to scan. */
async function* namesOf({ store }: RequestContext): AsyncGenerator<Place> {
  let count = 0;
  let pageToken: string | undefined;
  do {
    const maxResults = LIMITS.searchRegistryResultsMax;
    const input = { filter: "name LIKE '%.%.%'", maxResults, pageToken };
    const page = await store.registry.searchRegisteredModels(input);
    for (const { name } of page.items) {
      const { catalogName, schemaName } = splitFullName(name);
      if (catalogName !== undefined && schemaName !== undefined) yield { catalogName, schemaName };
    }
    count += page.items.length;
    pageToken = page.nextPageToken;
    if (count > MODELS_MAX) throw tooMany();
  } while (pageToken !== undefined);
}

type PageRequest = { readonly max_results?: number | undefined; readonly page_token?: string | undefined };
type NamesPage = { readonly items: readonly string[]; readonly next_page_token?: string };

/** databricks-sdk sends 0 for the default size, and "" for the first page. */
function pageOf(
  names: readonly string[],
  { max_results: max = 0, page_token: token = "" }: PageRequest,
): NamesPage {
  if (max < 0) throw new AppError("INVALID_PARAMETER_VALUE", `max_results must not be negative, got ${max}`);
  const rest = names.filter((name) => name > token).toSorted();
  const items = rest.slice(0, max === 0 ? LIMITS.searchRegistryResultsMax : max);
  const last = items.at(-1);
  return last === undefined || items.length === rest.length ? { items } : { items, next_page_token: last };
}

function tooMany(): AppError {
  const message = `there are more than ${MODELS_MAX} models, too many to list their catalogs`;
  return new AppError("RESOURCE_EXHAUSTED", message);
}
