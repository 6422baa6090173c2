import { type RawBuilder, sql } from "kysely";
import { fromGrants, type ResourceRows, testingGrants } from "../access/visible-rows.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { pageSql } from "../search/search-page.ts";

const EXPERIMENTS: ResourceRows = { table: "experiments", resourceId: "id", kind: "experiment" };
const VERSIONS: ResourceRows = { table: "model_versions", resourceId: "model_id", kind: "registered-model" };

export type VisiblePlan = "few experiments" | "many experiments" | "few versions";

/** A page of what `ana` may see, in the default order of the search. */
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
