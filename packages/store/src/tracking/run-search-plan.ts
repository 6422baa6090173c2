import {
  type Comparison,
  type RunStatus,
  type SearchField,
  type SearchOrder,
  TERMINAL_RUN_STATUSES,
} from "@flightdeck/protocol";
import { type RawBuilder, sql, type SqlBool } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import type { Work } from "../database/work.ts";
import { ALWAYS, type Condition, filterCondition, viewCondition } from "../search/condition.ts";
import { nullsLast, type OrderTerm } from "../search/order.ts";
import type { PlanPart } from "../search/search-page.ts";
import { findRareComparison, runsMeeting } from "./rare-comparison.ts";
import {
  attributeColumn,
  type ConditionScope,
  idCondition,
  runCondition,
  type RunSearch,
  type SearchKeys,
  valueOf,
  valueTable,
} from "./run-search-conditions.ts";

/**
 * Plans a search so that its cost follows the number of results rather than the number of runs:
 * 1. If few runs match one of the comparisons, it reads and sorts only those. If they are not quite so few, it lists them, and
 *    the steps below skip all other runs without a lookup.
 * 2. If the first order is by a metric, param or tag, it reads the runs from that index in order until the page is full, then the
 *    runs with NaN, then those without a value.
 * 3. Otherwise it reads the runs from an index in order and tests each until the page is full.
 */
export function* planRunSearch(search: RunSearch): Work<readonly PlanPart[]> {
  const rare = yield* findRareComparison(search);
  if (rare?.isStart === true) return [fromComparison(search, rare.comparison)];
  const among = rare?.comparison;
  const [order] = search.orders;
  if (order === undefined) return [fromRuns(search, among)];
  if (order.field.kind === "attribute") return fromAttribute({ search, order, among });
  return fromValues({ search, order, among });
}

const RUN_ID: RawBuilder<number> = sql`runs.id`;

function fromComparison(search: RunSearch, comparison: Comparison): PlanPart {
  return (dialect) => ({
    from: dialect.joinInOrder({
      outer: sql`(${runsMeeting(comparison, search, dialect)}) AS candidates`,
      table: "runs",
      on: sql`runs.id = candidates.run_id`,
    }),
    id: RUN_ID,
    conditions: runConditions(search, { keys: search.keys, dialect, runId: sql`candidates.run_id` }),
    terms: orderTerms(search.orders, search.keys),
  });
}

function fromRuns(search: RunSearch, among: Comparison | undefined, orderedBy?: string): PlanPart {
  return (dialect) => ({
    from: sql`runs`,
    id: RUN_ID,
    conditions: runConditions(search, { keys: search.keys, dialect, runId: RUN_ID, orderedBy }, among),
    terms: orderTerms(search.orders, search.keys),
  });
}

type OrderedSearch = {
  readonly search: RunSearch;
  /** The first of the orders. */
  readonly order: SearchOrder;
  readonly among: Comparison | undefined;
};

/** Splits the plan into parts that indexes can read in order. Orders by user, artifact URI or run id sort all runs. */
function fromAttribute({ search, order, among }: OrderedSearch): readonly PlanPart[] {
  const { field, isAscending } = order;
  const afterFirst = { ...search, orders: search.orders.slice(1) };
  const part = (condition: Condition, terms: (dialect: Dialect) => OrderTerms = () => []): PlanPart => {
    return (dialect) => {
      const plan = fromRuns(afterFirst, among, field.key)(dialect);
      return {
        ...plan,
        conditions: [...plan.conditions, condition],
        terms: [...terms(dialect), ...plan.terms],
      };
    };
  };
  switch (field.key) {
    case "status": {
      return (isAscending ? STATUSES : STATUSES.toReversed()).map((status) =>
        part(sql`runs.status = ${status}`),
      );
    }
    case "end_time": {
      const ended = part(sql`runs.end_time_ms IS NOT NULL`, () => [{ expression: END_TIME, isAscending }]);
      return [ended, part(sql`runs.end_time_ms IS NULL`)];
    }
    case "run_name":
      return [part(ALWAYS, (dialect) => textTerms(RUN_NAME, isAscending, dialect))];
    default:
      return [fromRuns(search, among)];
  }
}

const STATUSES: readonly RunStatus[] = [
  ...TERMINAL_RUN_STATUSES,
  "RUNNING" as const,
  "SCHEDULED" as const,
].toSorted();

const END_TIME: RawBuilder<number> = sql`runs.end_time_ms`;

const RUN_NAME: RawBuilder<string> = sql`runs.name`;

function textTerms(text: RawBuilder<string>, isAscending: boolean, dialect: Dialect): OrderTerms {
  return dialect.indexedTextOrder(text).map((expression) => ({ expression, isAscending }));
}

function fromValues({ search, order, among }: OrderedSearch): readonly PlanPart[] {
  const { field, isAscending } = order;
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
        ...runConditions(
          search,
          { keys: search.keys, dialect, runId: sql`ordering.run_id`, atHand: { field, row: "ordering" } },
          among,
        ),
      ],
      terms: [...values(dialect), ...rest],
    });
  };
  const absent: PlanPart = (dialect) => ({
    from: sql`runs`,
    id: RUN_ID,
    conditions: [
      ...runConditions(search, { keys: search.keys, dialect, runId: RUN_ID }, among),
      isAbsent(field, keyIds),
    ],
    terms: rest,
  });
  if (keyIds.length === 0) return [absent];
  if (field.kind !== "metric") {
    return [present(undefined, (dialect) => textTerms(ORDERING_VALUE, isAscending, dialect)), absent];
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
  return keyIds.length === 0 ? sql`1 = 1` : sql`${valueOf(field, { keyIds, runId: RUN_ID }, sql`1`)} IS NULL`;
}

/** `among` is a comparison that is also in the filter. Its runs are listed once, so other runs cost no lookup. */
function runConditions(search: RunSearch, scope: ConditionScope, among?: Comparison): Condition[] {
  const { experimentIds, viewType, filter } = search;
  const { dialect, runId } = scope;
  // The unary plus stops SQLite from starting at this list.
  const isAmong = among && sql<SqlBool>`+${runId} IN (${runsMeeting(among, search, dialect)})`;
  return [
    ...(isAmong === undefined ? [] : [isAmong]),
    idCondition(sql.ref("runs.experiment_id"), experimentIds, dialect),
    viewCondition(viewType),
    ...(filter === undefined
      ? []
      : [sql<SqlBool>`(${filterCondition(filter, (comparison) => runCondition(comparison, scope))})`]),
  ];
}

/** The requested order, then MLflow's default: newest start first, then run id. */
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
    return [{ expression: column as RawBuilder<string | number>, isAscending }]; // The other attributes are never null.
  }
  const keyIds = keys.get(field.key) ?? [];
  if (keyIds.length === 0) return [];
  const owner = { keyIds, runId: sql<number>`runs.id` };
  const value = sql.ref<string | number>("value");
  if (field.kind !== "metric") return nullsLast(valueOf(field, owner, sql`${value}`), isAscending, "");
  // In either direction: numbers, then NaN, then runs without the metric.
  const rank = valueOf(field, owner, sql<number>`is_nan`);
  return [
    { expression: sql<number>`coalesce(${rank}, 2)`, isAscending: true },
    { expression: sql<number>`coalesce(${valueOf(field, owner, sql`${value}`)}, 0)`, isAscending },
  ];
}
