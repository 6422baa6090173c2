import { assert } from "@flightdeck/core";
import {
  type Comparison,
  type Filter,
  LIMITS,
  type ModelVersion,
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
import {
  compare,
  type Condition,
  filterCondition,
  textCondition,
  type TextTable,
} from "../search/condition.ts";
import type { OrderTerm } from "../search/order.ts";
import type { Page } from "../search/page.ts";
import { findIds, inOrderOf, nextPage, pageStart } from "../search/search-page.ts";
import { checkRegistryMaxResults } from "../validation/registry.ts";
import { readModels, readVersions } from "./model-rows.ts";
import type { SearchRegistryInput } from "./registry-store.ts";

/** Returns one page of registered models, by default ordered by name. */
export function* searchRegisteredModels(
  { visibleTo }: StoreContext,
  input: SearchRegistryInput,
): Work<Page<RegisteredModel>> {
  const { maxResults = LIMITS.searchRegistryResultsDefault, filter = "", orderBy = [] } = input;
  checkRegistryMaxResults(maxResults, LIMITS.searchRegistryResultsMax);
  const tree = parseFilter(filter, "registeredModels");
  const terms = modelOrder(parseOrderBy(orderBy, "registeredModels"));
  const scope = ["registered-models", filter, orderBy];
  const visible = yield* planVisibleRows(visibleTo, MODEL_ROWS, maxResults);
  const found = yield* findIds(
    (dialect) => {
      const { from, conditions: areVisible } = visible(dialect);
      const conditions = [...areVisible, ...filterConditions(tree, MODELS, dialect)];
      return { from, id: MODELS.id, conditions, terms };
    },
    { limit: maxResults, after: pageStart(input.pageToken, scope) },
  );
  const rows = yield* all(selectModels({ ids: JSON.stringify(found.ids) }));
  return { items: yield* readModels(inOrderOf(found.ids, rows)), ...nextPage(found.nextPosition, scope) };
}

/** Returns one page of versions, by default the last updated first. */
export function* searchModelVersions(
  { visibleTo }: StoreContext,
  input: SearchRegistryInput,
): Work<Page<ModelVersion>> {
  const { maxResults = LIMITS.searchModelVersionsResultsDefault, filter = "", orderBy = [] } = input;
  checkRegistryMaxResults(maxResults, LIMITS.searchModelVersionsResultsMax);
  const tree = parseFilter(filter, "modelVersions");
  const orders = parseOrderBy(orderBy.length === 0 ? DEFAULT_VERSION_ORDER : orderBy, "modelVersions");
  const terms = versionOrder(orders);
  const scope = ["model-versions", filter, orderBy];
  const visible = yield* planVisibleRows(visibleTo, VERSION_ROWS, maxResults);
  const found = yield* findIds(
    (dialect) => {
      const { from, conditions: areVisible } = visible(dialect);
      const ofModel: Condition = sql`registered_models.id = model_versions.model_id`;
      const conditions = [...areVisible, ofModel, ...filterConditions(tree, VERSIONS, dialect)];
      return { from: sql`${from}, registered_models`, id: VERSIONS.id, conditions, terms };
    },
    { limit: maxResults, after: pageStart(input.pageToken, scope) },
  );
  const rows = yield* all(selectVersions({ ids: JSON.stringify(found.ids) }));
  return { items: yield* readVersions(inOrderOf(found.ids, rows)), ...nextPage(found.nextPosition, scope) };
}

const DEFAULT_VERSION_ORDER = ["last_updated_timestamp DESC", "name ASC", "version_number DESC"];

const MODEL_ROWS = { table: "registered_models", resourceId: "id", kind: "registered-model" } as const;
const VERSION_ROWS = { table: "model_versions", resourceId: "model_id", kind: "registered-model" } as const;

/** What the filters and orders of one search refer to. */
type Searched = {
  readonly id: RawBuilder<number>;
  readonly tags: TextTable;
  /** Columns by the attribute's name in the grammar. */
  readonly columns: Readonly<Record<string, RawBuilder<string | number>>>;
};

const MODELS: Searched = {
  id: sql`registered_models.id`,
  tags: { table: "registered_model_tags", owner: "model_id" },
  columns: {
    name: sql`registered_models.name`,
    creation_timestamp: sql`registered_models.creation_time_ms`,
    last_updated_timestamp: sql`registered_models.last_update_time_ms`,
  },
};

const VERSIONS: Searched = {
  id: sql`model_versions.id`,
  tags: { table: "model_version_tags", owner: "version_id" },
  columns: {
    name: sql`registered_models.name`,
    version_number: sql`model_versions.version`,
    run_id: sql`model_versions.run_id`,
    source_path: sql`model_versions.source`,
    creation_timestamp: sql`model_versions.creation_time_ms`,
    last_updated_timestamp: sql`model_versions.last_update_time_ms`,
  },
};

function filterConditions(
  tree: Filter | undefined,
  searched: Searched,
  dialect: Dialect,
): readonly Condition[] {
  const conditions: Condition[] = asksForPrompts(tree) ? [] : [sql`NOT ${isPrompt(searched)}`];
  if (tree === undefined) return conditions;
  return [...conditions, sql`(${filterCondition(tree, (leaf) => condition(leaf, searched, dialect))})`];
}

function condition(comparison: Comparison, searched: Searched, dialect: Dialect): Condition {
  if (isPromptComparison(comparison)) {
    return wantsPrompts(comparison) ? isPrompt(searched) : sql`NOT ${isPrompt(searched)}`;
  }
  if (comparison.field.kind === "tag") return textCondition(searched.tags, searched.id, comparison, dialect);
  return compare(column(searched, comparison.field.key), comparison, dialect);
}

/** The requested order, then the name. */
function modelOrder(orders: readonly SearchOrder[]): readonly OrderTerm[] {
  const terms = orderTerms(orders, MODELS);
  if (hasOrder(orders, "name")) return terms;
  return [...terms, { expression: column(MODELS, "name"), isAscending: true }];
}

/** The requested order, then the name and the newest version. */
function versionOrder(orders: readonly SearchOrder[]): readonly OrderTerm[] {
  const terms = [...orderTerms(orders, VERSIONS)];
  if (!hasOrder(orders, "name")) terms.push({ expression: column(VERSIONS, "name"), isAscending: true });
  if (!hasOrder(orders, "version_number")) {
    terms.push({ expression: column(VERSIONS, "version_number"), isAscending: false });
  }
  return terms;
}

function orderTerms(orders: readonly SearchOrder[], searched: Searched): readonly OrderTerm[] {
  return orders.map(({ field, isAscending }) => ({ expression: column(searched, field.key), isAscending }));
}

function hasOrder(orders: readonly SearchOrder[], key: string): boolean {
  return orders.some(({ field }) => field.key === key);
}

function column({ columns }: Searched, key: string): RawBuilder<string | number> {
  const expression = columns[key];
  assert(expression !== undefined, `the grammar has an attribute ${key} without a column`);
  return expression;
}

/*
 * MLflow stores prompts as registered models with a tag. A search returns only models unless its filter asks for prompts.
 * Models do not have the tag, so `!= 'true'` and `= 'false'` mean "not a prompt".
 */

const PROMPT_TAG = "mlflow.prompt.is_prompt";

/** Whether the filter asks for prompts anywhere. */
function asksForPrompts(filter: Filter | undefined): boolean {
  if (filter === undefined) return false;
  if (filter.kind === "not") return asksForPrompts(filter.operand);
  if (filter.kind === "and" || filter.kind === "or") return filter.operands.some(asksForPrompts);
  return isPromptComparison(filter) && wantsPrompts(filter);
}

function isPromptComparison({ field }: Comparison): boolean {
  return field.kind === "tag" && field.key === PROMPT_TAG;
}

function wantsPrompts(comparison: Comparison): boolean {
  if (comparison.kind !== "value") return false;
  const value = String(comparison.value).toLowerCase();
  return comparison.comparator === "=" ? value === "true" : value === "false";
}

function isPrompt({ id, tags: { table, owner } }: Searched): Condition {
  return sql`EXISTS (SELECT 1 FROM ${sql.table(table)} WHERE ${sql.ref(`${table}.${owner}`)} = ${id}
    AND key = ${PROMPT_TAG} AND value = 'true')`;
}

const selectModels = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("registered_models")
    .selectAll()
    .where("id", "in", dialect.listOfIntegers(arg("ids"))),
);

const selectVersions = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("model_versions")
    .innerJoin("registered_models", "registered_models.id", "model_versions.model_id")
    .selectAll("model_versions")
    .select("registered_models.name")
    .where("model_versions.id", "in", dialect.listOfIntegers(arg("ids"))),
);
