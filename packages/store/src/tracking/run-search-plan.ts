import type { Comparison, Filter, SearchField, SearchOrder, ViewType } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import { query } from "../database/statement.ts";
import { first, type Work } from "../database/work.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { type Condition, filterCondition } from "../search/condition.ts";
import { nullsLast, type OrderTerm } from "../search/order.ts";
import type { PlanPart } from "../search/search-page.ts";
import { viewCondition } from "../search/view.ts";
import { attributeColumn, runCondition, valueOf, valueTable, valueTest } from "./run-search-conditions.ts";
import type { SearchKeys } from "./run-search-keys.ts";

export type RunSearch = {
  readonly experimentIds: readonly number[];
  readonly viewType: ViewType;
  readonly filter: Filter | undefined;
  readonly orders: readonly SearchOrder[];
  readonly keys: SearchKeys;
};

/**
 * How a search reads, chosen so that its cost follows what it returns and not how many runs there are:
 * 1. A comparison that few runs meet: from those runs, sorted.
 * 2. Ordered first by a metric, param or tag: from its index, in order, until the page is full; then the runs with NaN
 *    there, then those without it.
 * 3. Otherwise from the runs in order of their start, testing each until the page is full.
 */
export function* planRunSearch(search: RunSearch): Work<readonly PlanPart[]> {
  const rare = yield* findRareComparison(search);
  if (rare !== undefined) return [fromComparison(search, rare)];
  const [order] = search.orders;
  if (order === undefined || order.field.kind === "attribute") return [fromRuns(search)];
  return fromOrder(search, order);
}

/** Up to here it is cheaper to sort all that meet a comparison than to look for them among the others. */
const RARE_RUNS_MAX = 1000;

/** The comparison, of those that every result must meet, with the fewest runs, if it has few. */
function* findRareComparison({ filter, keys }: RunSearch): Work<Comparison | undefined> {
  let rarest: Comparison | undefined;
  let rarestCount = RARE_RUNS_MAX + 1;
  for (const comparison of requiredComparisons(filter)) {
    const keyIds = keys.get(comparison.field.key) ?? [];
    if (!isIndexed(comparison) || keyIds.length === 0) continue;
    const limit = rarestCount;
    const counted = yield* first(
      query<{ readonly count: number }>((db, dialect) => {
        const runs = sql`${runsMeeting(comparison, keyIds, dialect)} LIMIT ${limit}`;
        const text = sql<{ readonly count: number }>`SELECT count(*) AS count FROM (${runs}) AS found`;
        return { compile: () => text.compile(db) };
      }),
    );
    if (counted === undefined || counted.count >= rarestCount) continue;
    rarest = comparison;
    rarestCount = counted.count;
  }
  return rarest;
}

function requiredComparisons(filter: Filter | undefined): readonly Comparison[] {
  if (filter === undefined || filter.kind === "or" || filter.kind === "not") return [];
  return filter.kind === "and" ? filter.operands.flatMap(requiredComparisons) : [filter];
}

/** Whether the index by value finds the runs that meet it. */
function isIndexed({ field, kind, comparator }: Comparison): boolean {
  if (field.kind === "attribute" || field.kind === "dataset") return false;
  return (kind === "value" && comparator !== "!=") || kind === "range" || comparator === "IS NOT NULL";
}

function runsMeeting(
  comparison: Comparison,
  keyIds: readonly number[],
  dialect: Dialect,
): RawBuilder<unknown> {
  const test = comparison.kind === "null" ? sql`1 = 1` : indexedTest(comparison, dialect);
  return sql`SELECT run_id FROM ${sql.table(valueTable(comparison.field.kind))}
    WHERE ${idCondition(sql.ref("key_id"), keyIds, dialect)} AND ${test}`;
}

function indexedTest(comparison: Comparison, dialect: Dialect): Condition {
  if (comparison.kind !== "value" || comparison.comparator !== "=" || typeof comparison.value !== "string") {
    return valueTest(comparison, dialect);
  }
  return dialect.indexedTextEquals(sql.ref<string>("value"), comparison.value);
}

const RUN_ID: RawBuilder<number> = sql`runs.id`;

function fromComparison(search: RunSearch, comparison: Comparison): PlanPart {
  const keyIds = search.keys.get(comparison.field.key) ?? [];
  return (dialect) => ({
    from: dialect.joinInOrder({
      outer: sql`(${runsMeeting(comparison, keyIds, dialect)}) AS candidates`,
      table: "runs",
      on: sql`runs.id = candidates.run_id`,
    }),
    id: RUN_ID,
    conditions: runConditions(search, dialect),
    terms: orderTerms(search.orders, search.keys),
  });
}

function fromRuns(search: RunSearch): PlanPart {
  return (dialect) => ({
    from: sql`runs`,
    id: RUN_ID,
    conditions: runConditions(search, dialect),
    terms: orderTerms(search.orders, search.keys),
  });
}

function fromOrder(search: RunSearch, { field, isAscending }: SearchOrder): readonly PlanPart[] {
  const keyIds = search.keys.get(field.key) ?? [];
  const rest = orderTerms(search.orders.slice(1), search.keys);
  const present = (part: Condition | undefined, values: (dialect: Dialect) => OrderTerms): PlanPart => {
    return (dialect) => ({
      from: dialect.joinInOrder({
        outer: sql`${sql.table(valueTable(field.kind))} AS ordering`,
        table: "runs",
        on: sql`runs.id = ordering.run_id`,
      }),
      id: RUN_ID,
      conditions: [
        idCondition(sql.ref("ordering.key_id"), keyIds, dialect),
        ...(part === undefined ? [] : [part]),
        ...runConditions(search, dialect),
      ],
      terms: [...values(dialect), ...rest],
    });
  };
  const absent: PlanPart = (dialect) => ({
    from: sql`runs`,
    id: RUN_ID,
    conditions: [...runConditions(search, dialect), isAbsent(field, keyIds)],
    terms: rest,
  });
  if (keyIds.length === 0) return [absent];
  if (field.kind !== "metric") {
    const texts = (dialect: Dialect): OrderTerms =>
      dialect.indexedTextOrder(ORDERING_VALUE).map((expression) => ({ expression, isAscending }));
    return [present(undefined, texts), absent];
  }
  return [
    present(sql`ordering.is_nan = 0`, () => [{ expression: ORDERING_VALUE, isAscending }]),
    present(sql`ordering.is_nan = 1`, () => []),
    absent,
  ];
}

type OrderTerms = readonly OrderTerm[];

const ORDERING_VALUE: RawBuilder<string> = sql`ordering.value`;

function isAbsent(field: SearchField, keyIds: readonly number[]): Condition {
  return keyIds.length === 0 ? sql`1 = 1` : sql`${valueOf(field, keyIds, sql`1`)} IS NULL`;
}

function runConditions({ experimentIds, viewType, filter, keys }: RunSearch, dialect: Dialect): Condition[] {
  const scope = [idCondition(sql.ref("runs.experiment_id"), experimentIds, dialect), viewCondition(viewType)];
  if (filter === undefined) return scope;
  return [
    ...scope,
    sql`(${filterCondition(filter, (comparison) => runCondition(comparison, keys, dialect))})`,
  ];
}

/** One id as an equality, so that an index on what follows the column can give the order. */
function idCondition(column: RawBuilder<unknown>, ids: readonly number[], dialect: Dialect): Condition {
  if (ids.length === 1) return sql`${column} = ${ids[0]}`;
  return sql`${column} IN ${dialect.listOfIntegers(sql.val(JSON.stringify(ids)))}`;
}

/** The order asked for, then MLflow's own: newest start first, then run id. */
function orderTerms(orders: readonly SearchOrder[], keys: SearchKeys): readonly OrderTerm[] {
  const terms = orders.flatMap((order) => termsOf(order, keys));
  const has = (key: string): boolean =>
    orders.some(({ field }) => field.kind === "attribute" && field.key === key);
  if (!has("start_time")) terms.push({ expression: START_TIME, isAscending: false });
  if (!has("run_id")) terms.push({ expression: RUN_UUID, isAscending: true });
  return terms;
}

const START_TIME: RawBuilder<number> = sql`runs.start_time_ms`;
const RUN_UUID: RawBuilder<string> = sql`runs.run_uuid`;

function termsOf({ field, isAscending }: SearchOrder, keys: SearchKeys): readonly OrderTerm[] {
  if (field.kind === "attribute") {
    const column = attributeColumn(field.key);
    if (field.key === "end_time") return nullsLast(column, isAscending, 0);
    return [{ expression: column as RawBuilder<string | number>, isAscending }]; // No other attribute is ever null.
  }
  const keyIds = keys.get(field.key) ?? [];
  if (keyIds.length === 0) return [];
  const value = sql.ref<string | number>("value");
  if (field.kind !== "metric") return nullsLast(valueOf(field, keyIds, sql`${value}`), isAscending, "");
  // Numbers, then NaN, then runs without the metric, whichever the direction.
  const rank = valueOf(field, keyIds, sql<number>`is_nan`);
  return [
    { expression: sql<number>`coalesce(${rank}, 2)`, isAscending: true },
    { expression: sql<number>`coalesce(${valueOf(field, keyIds, sql`${value}`)}, 0)`, isAscending },
  ];
}
