import { assert } from "@flightdeck/core";
import {
  type Comparison,
  type Experiment,
  LIMITS,
  parseFilter,
  parseOrderBy,
  type SearchOrder,
} from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { planVisibleRows } from "../access/visible-rows.ts";
import type { Dialect } from "../database/dialect.ts";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import {
  ALWAYS,
  compare,
  type Condition,
  filterCondition,
  textCondition,
  viewCondition,
} from "../search/condition.ts";
import type { OrderTerm } from "../search/order.ts";
import type { Page } from "../search/page.ts";
import { checkMaxResults, findIds, inOrderOf, nextPage, pageStart } from "../search/search-page.ts";
import { experimentFromRow, parseExperimentId } from "./experiment-rows.ts";
import type { SearchExperimentsInput } from "./tracking-store.ts";

export function* searchExperiments(
  { visibleTo }: StoreContext,
  input: SearchExperimentsInput,
): Work<Page<Experiment>> {
  const { viewType, maxResults = LIMITS.searchExperimentsResultsDefault, filter = "", orderBy = [] } = input;
  checkMaxResults(maxResults, LIMITS.searchExperimentsResultsMax);
  const tree = parseFilter(filter, "experiments");
  const terms = orderTerms(parseOrderBy(orderBy, "experiments"));
  const scope = ["experiments", viewType, filter, orderBy];
  const visible = yield* planVisibleRows(visibleTo, ROWS, maxResults);
  const found = yield* findIds(
    (dialect) => ({
      from: visible(dialect).from,
      id: ID,
      conditions: [
        ...visible(dialect).conditions,
        viewCondition(viewType),
        tree === undefined ? ALWAYS : filterCondition(tree, (comparison) => leaf(comparison, dialect)),
      ],
      terms,
    }),
    { limit: maxResults, after: pageStart(input.pageToken, scope) },
  );
  return { items: yield* readExperiments(found.ids), ...nextPage(found.nextPosition, scope) };
}

const ID: RawBuilder<number> = sql`experiments.id`;

const ROWS = { table: "experiments", resourceId: "id", kind: "experiment" } as const;

function* readExperiments(ids: readonly number[]): Work<readonly Experiment[]> {
  if (ids.length === 0) return [];
  const list = { ids: JSON.stringify(ids) };
  const rows = yield* all(selectRows(list));
  const tags = Map.groupBy(yield* all(selectTags(list)), ({ experiment_id }) => experiment_id);
  return inOrderOf(ids, rows).map((row) => {
    const own = tags.get(row.id) ?? [];
    return experimentFromRow(
      row,
      own.map(({ key, value }) => ({ key, value })),
    );
  });
}

const COLUMNS: Readonly<Record<string, RawBuilder<string | number>>> = {
  name: sql`experiments.name`,
  experiment_id: ID,
  creation_time: sql`experiments.creation_time_ms`,
  last_update_time: sql`experiments.last_update_time_ms`,
};

function leaf(comparison: Comparison, dialect: Dialect): Condition {
  if (comparison.field.kind === "tag") {
    return textCondition({ table: "experiment_tags", owner: "experiment_id" }, ID, comparison, dialect);
  }
  if (comparison.field.key === "experiment_id") return idCondition(comparison, dialect);
  return compare(column(comparison.field.key), comparison, dialect);
}

/** Ids are numbers in the database and text in the API. */
function idCondition(comparison: Comparison, dialect: Dialect): Condition {
  if (comparison.kind === "list") {
    const ids = dialect.listOfIntegers(sql.val(JSON.stringify(comparison.values.map(parseExperimentId))));
    return sql`${ID} ${sql.raw(comparison.comparator)} ${ids}`;
  }
  assert(comparison.kind === "value", "the grammar compares ids with values and lists only");
  return compare(ID, { ...comparison, value: parseExperimentId(String(comparison.value)) }, dialect);
}

function orderTerms(orders: readonly SearchOrder[]): readonly OrderTerm[] {
  const terms = orders.map(({ field, isAscending }) => ({ expression: column(field.key), isAscending }));
  if (orders.length === 0) terms.push({ expression: column("creation_time"), isAscending: false });
  // MLflow's tie-breakers: the newest id first when an order is given, otherwise the oldest.
  if (orders.some(({ field }) => field.key === "experiment_id")) return terms;
  return [...terms, { expression: ID, isAscending: orders.length === 0 }];
}

function column(key: string): RawBuilder<string | number> {
  const expression = COLUMNS[key];
  assert(expression !== undefined, `the grammar has an attribute ${key} without a column`);
  return expression;
}

const selectRows = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("experiments")
    .selectAll()
    .where("id", "in", dialect.listOfIntegers(arg("ids"))),
);

const selectTags = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("experiment_tags")
    .selectAll()
    .where("experiment_id", "in", dialect.listOfIntegers(arg("ids")))
    .orderBy("key"),
);
