import { parseFilter, parseOrderBy } from "@flightdeck/protocol";
import type { PlanPart } from "../search/search-page.ts";
import { planRunSearch } from "../tracking/run-search-plan.ts";

export type PlannedSearch = {
  readonly filter?: string;
  readonly orderBy?: readonly string[];
  /** How many runs meet each comparison, of 20,000. */
  readonly count: number;
};

const RUNS = 20_000;

/** How a search in experiment 1 reads, where key `a` has the number 1 and `b` the number 2. */
export function planParts({ filter = "", orderBy = [], count }: PlannedSearch): readonly PlanPart[] {
  const work = planRunSearch({
    experimentIds: [1],
    viewType: "ACTIVE_ONLY",
    filter: parseFilter(filter, "runs"),
    orders: parseOrderBy(orderBy, "runs"),
    keys: new Map([
      ["a", [1]],
      ["b", [2]],
    ]),
    maxResults: 100,
  });
  let step = work.next([]);
  while (step.done !== true) step = work.next([{ count, id: RUNS }]);
  return step.value;
}
