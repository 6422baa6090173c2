import { AppError } from "@flightdeck/core";
import { LIMITS, splitFullName } from "@flightdeck/protocol";
import type { Handlers, RequestContext } from "../api/handler.ts";
import { present } from "../api/present.ts";
import { BOUNDS } from "../bounds.ts";

/** Catalogs and schemas, as far as the models that the caller may see are in them. */
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

/** Throws `RESOURCE_EXHAUSTED` when there are too many models to look through. */
async function* namesOf({ store }: RequestContext): AsyncGenerator<Place> {
  let count = 0;
  let pageToken: string | undefined;
  do {
    const maxResults = LIMITS.searchRegistryResultsMax;
    const input = { filter: "name LIKE '%.%.%'", maxResults, ...present({ pageToken }) };
    const page = await store.registry.searchRegisteredModels(input);
    for (const { name } of page.items) {
      const { catalogName, schemaName } = splitFullName(name);
      if (catalogName !== undefined && schemaName !== undefined) yield { catalogName, schemaName };
    }
    count += page.items.length;
    pageToken = page.nextPageToken;
    if (count > BOUNDS.workspaceObjectsMax) throw tooMany();
  } while (pageToken !== undefined);
}

type PageRequest = { readonly max_results?: number | undefined; readonly page_token?: string | undefined };
type NamesPage = { readonly items: readonly string[]; readonly next_page_token?: string };

/** databricks-sdk says 0 for "as the server likes", and "" for the first page. */
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
  const message = `there are more than ${BOUNDS.workspaceObjectsMax} models, too many to list their catalogs`;
  return new AppError("RESOURCE_EXHAUSTED", message);
}
