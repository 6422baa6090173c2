import { parseFilter, parseOrderBy } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import { fromGrants, type ResourceRows, testingGrants } from "../access/visible-rows.ts";
import type { Dialect } from "../database/dialect.ts";
import { pageSql, type PlanPart } from "../search/search-page.ts";
import { planRunSearch } from "../tracking/run-search-plan.ts";

export type PlannedSearch = {
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  /** How many of 20,000 runs meet each comparison. */
  readonly count: number;
};

const RUNS = 20_000;

/** Plans a search in experiment 1, where key `a` has the id 1 and `b` the id 2. */
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

const EXPERIMENTS: ResourceRows = { table: "experiments", resourceId: "id", kind: "experiment" };
const VERSIONS: ResourceRows = { table: "model_versions", resourceId: "model_id", kind: "registered-model" };

export type VisiblePlan = "few experiments" | "many experiments" | "few versions";

/** The query for one page of what `ana` may see, in the default order. */
export function visiblePage(plan: VisiblePlan, dialect: Dialect): RawBuilder<unknown> {
  const rows = plan === "few versions" ? VERSIONS : EXPERIMENTS;
  const viewer = { principalName: "ana" };
  const visible =
    plan === "many experiments" ? testingGrants(viewer, rows) : fromGrants(viewer, rows, dialect);
  const id = sql.ref<number>(`${rows.table}.id`);
  const creation = sql.ref<number>(`${rows.table}.creation_time_ms`);
  return pageSql(
    {
      ...visible,
      id,
      terms: [
        { expression: creation, isAscending: false },
        { expression: id, isAscending: true },
      ],
    },
    { limit: 100, after: undefined },
  );
}
