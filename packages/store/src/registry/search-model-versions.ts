import { assert } from "@flightdeck/core";
import {
  type Comparison,
  LIMITS,
  type ModelVersion,
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
import { compare, type Condition, filterCondition, textCondition } from "../search/condition.ts";
import type { OrderTerm } from "../search/order.ts";
import type { Page } from "../search/page.ts";
import { findIds, inOrderOf, nextPage, pageStart } from "../search/search-page.ts";
import { checkRegistryMaxResults } from "../validation/registry.ts";
import { readVersions } from "./model-rows.ts";
import { asksForPrompts, isPromptComparison, isPromptCondition, promptCondition } from "./prompts.ts";
import type { SearchRegistryInput } from "./registry-store.ts";

/** One page of versions; last updated first unless an order is given. */
export function* searchModelVersions(
  { visibleTo }: StoreContext,
  input: SearchRegistryInput,
): Work<Page<ModelVersion>> {
  const { maxResults = LIMITS.searchModelVersionsResultsDefault, filter = "", orderBy = [] } = input;
  checkRegistryMaxResults(maxResults, LIMITS.searchModelVersionsResultsMax);
  const tree = parseFilter(filter, "modelVersions");
  const terms = orderTerms(parseOrderBy(orderBy.length === 0 ? DEFAULT_ORDER : orderBy, "modelVersions"));
  const scope = ["model-versions", filter, orderBy];
  const visible = yield* planVisibleRows(visibleTo, ROWS, maxResults);
  const found = yield* findIds(
    (dialect) => {
      const { from, conditions: areVisible } = visible(dialect);
      const conditions: Condition[] = [...areVisible, sql`registered_models.id = model_versions.model_id`];
      if (!asksForPrompts(tree)) conditions.push(sql`NOT ${IS_PROMPT}`);
      if (tree !== undefined)
        conditions.push(sql`(${filterCondition(tree, (leaf) => condition(leaf, dialect))})`);
      return { from: sql`${from}, registered_models`, id: ID, conditions, terms };
    },
    { limit: maxResults, after: pageStart(input.pageToken, scope) },
  );
  const rows = yield* all(selectRows({ ids: JSON.stringify(found.ids) }));
  return { items: yield* readVersions(inOrderOf(found.ids, rows)), ...nextPage(found.nextPosition, scope) };
}

const DEFAULT_ORDER = ["last_updated_timestamp DESC", "name ASC", "version_number DESC"];

const ID: RawBuilder<number> = sql`model_versions.id`;
const ROWS = { table: "model_versions", resourceId: "model_id", kind: "registered-model" } as const;
const TAGS = { table: "model_version_tags", owner: "version_id" } as const;
const IS_PROMPT = isPromptCondition(TAGS, ID);

const COLUMNS: Readonly<Record<string, RawBuilder<string | number>>> = {
  name: sql`registered_models.name`,
  version_number: sql`model_versions.version`,
  run_id: sql`model_versions.run_id`,
  source_path: sql`model_versions.source`,
  creation_timestamp: sql`model_versions.creation_time_ms`,
  last_updated_timestamp: sql`model_versions.last_update_time_ms`,
};

function condition(comparison: Comparison, dialect: Dialect): Condition {
  if (isPromptComparison(comparison)) return promptCondition(comparison, IS_PROMPT);
  if (comparison.field.kind === "tag") return textCondition(TAGS, ID, comparison, dialect);
  return compare(column(comparison.field.key), comparison, dialect);
}

/** The order asked for, then name and the newest version. */
function orderTerms(orders: readonly SearchOrder[]): readonly OrderTerm[] {
  const terms = orders.map(({ field, isAscending }) => ({ expression: column(field.key), isAscending }));
  const has = (key: string): boolean => orders.some(({ field }) => field.key === key);
  if (!has("name")) terms.push({ expression: column("name"), isAscending: true });
  if (!has("version_number")) terms.push({ expression: column("version_number"), isAscending: false });
  return terms;
}

function column(key: string): RawBuilder<string | number> {
  const expression = COLUMNS[key];
  assert(expression !== undefined, `the grammar has an attribute ${key} without a column`);
  return expression;
}

const selectRows = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("model_versions")
    .innerJoin("registered_models", "registered_models.id", "model_versions.model_id")
    .selectAll("model_versions")
    .select("registered_models.name")
    .where("model_versions.id", "in", dialect.listOfIntegers(arg("ids"))),
);
