import { AppError, assert } from "@flightdeck/core";
import {
  type Comparison,
  LIMITS,
  type LoggedModel,
  parseFilter,
  parseOrderBy,
  type SearchField,
} from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { findVisibleIds } from "../access/viewer.ts";
import type { Dialect } from "../database/dialect.ts";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { allOf, compare, type Condition, filterCondition, textCondition } from "../search/condition.ts";
import { nullsLast, type OrderTerm } from "../search/order.ts";
import type { Page } from "../search/page.ts";
import { checkMaxResults, findIds, inOrderOf, nextPage, pageStart } from "../search/search-page.ts";
import { parseExperimentId } from "./experiment-rows.ts";
import { readLoggedModels } from "./logged-model-rows.ts";
import type { DatasetFilter, LoggedModelOrder, SearchLoggedModelsInput } from "./tracking-store.ts";

/** Returns one page of models that are not deleted. */
export function* searchLoggedModels(
  { visibleTo }: StoreContext,
  input: SearchLoggedModelsInput,
): Work<Page<LoggedModel>> {
  const {
    maxResults = LIMITS.searchLoggedModelsResultsDefault,
    filter = "",
    datasets = [],
    orderBy = [],
  } = input;
  checkMaxResults(maxResults, LIMITS.searchLoggedModelsResultsMax);
  checkDatasets(datasets);
  const tree = parseFilter(filter, "loggedModels");
  const terms = orderTerms(orderBy);
  const asked = input.experimentIds.map(parseExperimentId);
  const scope = ["logged-models", asked, filter, datasets, orderBy];
  const experimentIds = JSON.stringify(yield* findVisibleIds(visibleTo, "experiment", asked));
  const found = yield* findIds(
    (dialect) => {
      const context: LeafContext = { datasets, dialect, hasMetric: false };
      const conditions: Condition[] = [
        sql`logged_models.experiment_id IN ${dialect.listOfIntegers(sql.val(experimentIds))}`,
        sql`logged_models.deleted_time_ms IS NULL`,
      ];
      if (tree !== undefined)
        conditions.push(sql`(${filterCondition(tree, (leaf) => condition(leaf, context))})`);
      if (datasets.length > 0 && !context.hasMetric) conditions.push(hasMetric([onDatasets(datasets)]));
      return { from: sql`logged_models`, id: ID, conditions, terms };
    },
    { limit: maxResults, after: pageStart(input.pageToken, scope) },
  );
  const rows = yield* all(selectRows({ ids: JSON.stringify(found.ids) }));
  return {
    items: yield* readLoggedModels(inOrderOf(found.ids, rows)),
    ...nextPage(found.nextPosition, scope),
  };
}

const ID: RawBuilder<number> = sql`logged_models.id`;

type LeafContext = {
  readonly datasets: readonly DatasetFilter[];
  readonly dialect: Dialect;
  hasMetric: boolean;
};

function condition(comparison: Comparison, context: LeafContext): Condition {
  const { dialect, datasets } = context;
  const { kind, key } = comparison.field;
  if (kind === "attribute") return compare(column(key), comparison, dialect);
  if (kind === "tag") {
    return textCondition({ table: "logged_model_tags", owner: "model_id" }, ID, comparison, dialect);
  }
  if (kind === "parameter") {
    return textCondition({ table: "logged_model_params", owner: "model_id" }, ID, comparison, dialect);
  }
  context.hasMetric = true;
  const test = compare(sql.ref("metric.value"), comparison, dialect);
  const isMet: Condition =
    comparison.comparator === "!="
      ? sql`(${test} OR metric.is_nan = 1)`
      : sql`(${test} AND metric.is_nan = 0)`;
  const onOneOf = datasets.length === 0 ? [] : [onDatasets(datasets)];
  return hasMetric([sql`metric.key = ${key}`, isMet, ...onOneOf]);
}

/** Whether the model has a metric value, from any run and dataset, that meets all conditions. */
function hasMetric(conditions: readonly Condition[]): Condition {
  return sql`EXISTS (SELECT 1 FROM logged_model_metrics AS metric
    WHERE metric.model_id = ${ID} AND ${allOf(conditions)})`;
}

function onDatasets(datasets: readonly DatasetFilter[]): Condition {
  return sql`(${sql.join(datasets.map(onDataset), sql` OR `)})`;
}

function onDataset({
  datasetName,
  datasetDigest,
}: Omit<LoggedModelOrder, "fieldName" | "ascending">): Condition {
  const conditions: Condition[] = [];
  if (datasetName !== undefined && datasetName !== "")
    conditions.push(sql`metric.dataset_name = ${datasetName}`);
  if (datasetDigest !== undefined && datasetDigest !== "") {
    conditions.push(sql`metric.dataset_digest = ${datasetDigest}`);
  }
  return sql`(${allOf(conditions)})`;
}

function checkDatasets(datasets: readonly DatasetFilter[]): void {
  if (datasets.every(({ datasetName }) => datasetName !== "")) return;
  throw new AppError("INVALID_PARAMETER_VALUE", "`dataset_name` in the `datasets` clause must be specified.");
}

/** The requested order, then MLflow's default: newest first, then model id. */
function orderTerms(orderBy: readonly LoggedModelOrder[]): readonly OrderTerm[] {
  // Names in this call are not quoted, but the grammar requires quotes around special characters.
  const fields = parseOrderBy(
    orderBy.map(({ fieldName }) => quotedName(fieldName)),
    "loggedModels",
  );
  const terms = orderBy.flatMap((order, index) => {
    const field = fields[index]?.field;
    assert(field !== undefined, "each clause gives one field");
    return termsOf(field, order);
  });
  const has = (key: string): boolean =>
    fields.some(({ field }) => field.kind === "attribute" && field.key === key);
  if (!has("creation_timestamp"))
    terms.push({ expression: column("creation_timestamp"), isAscending: false });
  if (!has("model_id")) terms.push({ expression: column("model_id"), isAscending: true });
  return terms;
}

function quotedName(fieldName: string): string {
  const dot = fieldName.indexOf(".");
  if (dot === -1) return fieldName;
  const key = fieldName.slice(dot + 1);
  return /^[`"].*[`"]$/.test(key) ? fieldName : `${fieldName.slice(0, dot)}.\`${key.replaceAll("`", "``")}\``;
}

function termsOf(field: SearchField, order: LoggedModelOrder): readonly OrderTerm[] {
  if (field.kind === "attribute") return [{ expression: column(field.key), isAscending: order.ascending }];
  const latest = sql<number | null>`(SELECT metric.value FROM logged_model_metrics AS metric
    WHERE metric.model_id = ${ID} AND metric.key = ${field.key} AND metric.is_nan = 0 AND ${onDataset(order)}
    ORDER BY metric.timestamp_ms DESC, metric.step DESC, metric.run_id LIMIT 1)`;
  return nullsLast(latest, order.ascending, 0);
}

function column(key: string): RawBuilder<string | number> {
  const name = COLUMNS[key];
  assert(name !== undefined, `the grammar has an attribute ${key} without a column`);
  return sql.ref<string | number>(`logged_models.${name}`);
}

const COLUMNS: Readonly<Record<string, string>> = {
  name: "name",
  model_id: "model_uuid",
  model_type: "model_type",
  status: "status",
  source_run_id: "source_run_id",
  artifact_location: "artifact_uri",
  creation_timestamp: "creation_time_ms",
  last_updated_timestamp: "last_update_time_ms",
};

const selectRows = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("logged_models")
    .selectAll()
    .where("id", "in", dialect.listOfIntegers(arg("ids"))),
);
