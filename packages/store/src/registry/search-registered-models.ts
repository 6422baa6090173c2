import { assert } from "@flightdeck/core";
import {
  type Comparison,
  LIMITS,
  parseFilter,
  parseOrderBy,
  type RegisteredModel,
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
import { readModels } from "./model-rows.ts";
import { asksForPrompts, isPromptComparison, isPromptCondition, promptCondition } from "./prompts.ts";
import type { SearchRegistryInput } from "./registry-store.ts";

/** One page of registered models; by name unless an order is given. */
export function* searchRegisteredModels(
  { visibleTo }: StoreContext,
  input: SearchRegistryInput,
): Work<Page<RegisteredModel>> {
  const { maxResults = LIMITS.searchRegistryResultsDefault, filter = "", orderBy = [] } = input;
  checkRegistryMaxResults(maxResults, LIMITS.searchRegistryResultsMax);
  const tree = parseFilter(filter, "registeredModels");
  const terms = orderTerms(parseOrderBy(orderBy, "registeredModels"));
  const scope = ["registered-models", filter, orderBy];
  const visible = yield* planVisibleRows(visibleTo, ROWS, maxResults);
  const found = yield* findIds(
    (dialect) => {
      const { from, conditions: areVisible } = visible(dialect);
      const conditions: Condition[] = [...areVisible];
      if (!asksForPrompts(tree)) conditions.push(sql`NOT ${IS_PROMPT}`);
      if (tree !== undefined)
        conditions.push(sql`(${filterCondition(tree, (leaf) => condition(leaf, dialect))})`);
      return { from, id: ID, conditions, terms };
    },
    { limit: maxResults, after: pageStart(input.pageToken, scope) },
  );
  const rows = yield* all(selectRows({ ids: JSON.stringify(found.ids) }));
  return { items: yield* readModels(inOrderOf(found.ids, rows)), ...nextPage(found.nextPosition, scope) };
}

const ID: RawBuilder<number> = sql`registered_models.id`;
const ROWS = { table: "registered_models", resourceId: "id", kind: "registered-model" } as const;
const TAGS = { table: "registered_model_tags", owner: "model_id" } as const;
const IS_PROMPT = isPromptCondition(TAGS, ID);

const COLUMNS: Readonly<Record<string, RawBuilder<string | number>>> = {
  name: sql`registered_models.name`,
  creation_timestamp: sql`registered_models.creation_time_ms`,
  last_updated_timestamp: sql`registered_models.last_update_time_ms`,
};

function condition(comparison: Comparison, dialect: Dialect): Condition {
  if (isPromptComparison(comparison)) return promptCondition(comparison, IS_PROMPT);
  if (comparison.field.kind === "tag") return textCondition(TAGS, ID, comparison, dialect);
  return compare(column(comparison.field.key), comparison, dialect);
}

function orderTerms(orders: readonly SearchOrder[]): readonly OrderTerm[] {
  const terms = orders.map(({ field, isAscending }) => ({ expression: column(field.key), isAscending }));
  if (orders.some(({ field }) => field.key === "name")) return terms;
  return [...terms, { expression: column("name"), isAscending: true }];
}

function column(key: string): RawBuilder<string | number> {
  const expression = COLUMNS[key];
  assert(expression !== undefined, `the grammar has an attribute ${key} without a column`);
  return expression;
}

const selectRows = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("registered_models")
    .selectAll()
    .where("id", "in", dialect.listOfIntegers(arg("ids"))),
);
