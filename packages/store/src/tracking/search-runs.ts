import { LIMITS, parseFilter, parseOrderBy, type Run } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { findVisibleIds } from "../access/viewer.ts";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import type { Page, PagePosition } from "../search/page.ts";
import {
  checkMaxResults,
  findIds,
  type FoundIds,
  inOrderOf,
  nextPage,
  pageStart,
} from "../search/search-page.ts";
import { parseExperimentIds } from "./experiment-rows.ts";
import { resolveKeys, type RunSearch } from "./run-search-conditions.ts";
import { planRunSearch } from "./run-search-plan.ts";
import { readRuns } from "./runs.ts";
import type { SearchRunsInput } from "./tracking-store.ts";

/** Returns one page of runs with their data, with a constant number of queries. */
export function* searchRuns(context: StoreContext, input: SearchRunsInput): Work<Page<Run>> {
  const { ids, nextPageToken } = yield* findRuns(context, input);
  return { items: yield* readFoundRuns(ids), nextPageToken };
}

/** The rows of one page, in order, and the token of the next. */
export type FoundRuns = { readonly ids: readonly number[]; readonly nextPageToken?: string | undefined };

/** Finds the runs of one page without reading them. */
export function* findRuns({ visibleTo }: StoreContext, input: SearchRunsInput): Work<FoundRuns> {
  const { runViewType, maxResults = LIMITS.searchRunsResultsDefault, filter = "", orderBy = [] } = input;
  checkMaxResults(maxResults, LIMITS.searchRunsResultsMax);
  const tree = parseFilter(filter, "runs");
  const orders = parseOrderBy(orderBy, "runs");
  const asked = parseExperimentIds(input.experimentIds);
  const scope = ["runs", asked, runViewType, filter, orderBy];
  const after = pageStart(input.pageToken, scope);
  const experimentIds = yield* findVisibleIds(visibleTo, "experiment", asked);
  const keys = yield* resolveKeys(experimentIds, tree, orders);
  const search: RunSearch = { experimentIds, viewType: runViewType, filter: tree, orders, keys, maxResults };
  const found = yield* findRunIds(search, after);
  return { ids: found.ids, ...nextPage(found.nextPosition, scope) };
}

/** Reads found runs with their data. A run that is gone by now is left out. */
export function* readFoundRuns(ids: readonly number[]): Work<readonly Run[]> {
  return yield* readRuns(inOrderOf(ids, yield* all(selectRows({ ids: JSON.stringify(ids) }))));
}

/** Reads the parts of a plan one after the other. All rows of a part sort after those of the part before. */
export function* findRunIds(search: RunSearch, after: PagePosition | undefined): Work<FoundIds> {
  const parts = yield* planRunSearch(search);
  const [startPart, ...startPosition] = after ?? [0];
  const ids: number[] = [];
  for (const [part, plan] of parts.entries()) {
    if (part < Number(startPart)) continue;
    const isContinued = part === startPart && startPosition.length > 0;
    // With a full page, the limit is 0: this only finds out whether there is a next page.
    const limit = search.maxResults - ids.length;
    const found = yield* findIds(plan, { limit, after: isContinued ? startPosition : undefined });
    ids.push(...found.ids);
    if (found.nextPosition !== undefined) return { ids, nextPosition: [part, ...found.nextPosition] };
  }
  return { ids };
}

const selectRows = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("runs")
    .selectAll()
    .where("id", "in", dialect.listOfIntegers(arg("ids"))),
);
