import type { Comparison, Filter } from "@flightdeck/protocol";
import { type RawBuilder, sql, type SqlBool } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { query, statement } from "../database/statement.ts";
import { first, type Work } from "../database/work.ts";
import {
  attributeTest,
  idCondition,
  type RunSearch,
  valueTable,
  valueTest,
} from "./run-search-conditions.ts";

/** A comparison that every result must meet and whose runs an index can list. */
export type RareComparison = {
  readonly comparison: Comparison;
  /** Whether sorting its runs is cheaper than reading all runs in order and filtering them. */
  readonly isStart: boolean;
};

/** Counting or listing this many runs takes less than a millisecond. */
const LISTED_RUNS_MAX = 10_000;

/** Cost of looking up, testing and sorting a run, relative to skipping a run in an index. */
const LOOK_UP_COST = 12;

/** Returns the comparison that the fewest runs meet, if they are few enough to be listed. */
export function* findRareComparison(search: RunSearch): Work<RareComparison | undefined> {
  const counted: { readonly comparison: Comparison; readonly count: number }[] = [];
  for (const comparison of requiredComparisons(search.filter)) {
    const count = yield* countRuns(search, comparison);
    if (count <= LISTED_RUNS_MAX) counted.push({ comparison, count });
  }
  const [rarest] = counted.toSorted((a, b) => a.count - b.count);
  if (rarest === undefined) return undefined;
  // Assumes that the comparisons are independent and that all runs are in the searched experiments.
  const runCount = Math.max(1, (yield* first(selectNewest({})))?.id ?? 0);
  const share = counted.reduce((product, { count }) => (product * count) / runCount, 1);
  const passedOver = Math.min(runCount, search.maxResults / share);
  return { comparison: rarest.comparison, isStart: rarest.count * LOOK_UP_COST <= passedOver };
}

/** A SELECT of the ids of the runs that meet the comparison. */
export function runsMeeting(
  comparison: Comparison,
  { keys, experimentIds }: RunSearch,
  dialect: Dialect,
): RawBuilder<unknown> {
  const { field } = comparison;
  if (field.kind === "attribute") {
    return sql`SELECT id AS run_id FROM runs
      WHERE ${idCondition(sql.ref("experiment_id"), experimentIds, dialect)}
      AND ${attributeTest(comparison, dialect)}`;
  }
  const ids = keys.get(field.key) ?? [];
  return sql`SELECT run_id FROM ${sql.table(valueTable(field.kind))}
    WHERE ${idCondition(sql.ref("key_id"), ids, dialect)} AND ${indexedTest(comparison, dialect)}`;
}

function* countRuns(search: RunSearch, comparison: Comparison): Work<number> {
  const { field } = comparison;
  const isKnown = field.kind === "attribute" || search.keys.has(field.key);
  if (!isKnown || !isIndexed(comparison)) return Number.POSITIVE_INFINITY;
  const counted = yield* first(
    query<{ readonly count: number }>((db, dialect) => {
      const runs = sql`${runsMeeting(comparison, search, dialect)} LIMIT ${LISTED_RUNS_MAX + 1}`;
      const text = sql<{ readonly count: number }>`SELECT count(*) AS count FROM (${runs}) AS found`;
      return { compile: () => text.compile(db) };
    }),
  );
  return counted?.count ?? 0;
}

function requiredComparisons(filter: Filter | undefined): readonly Comparison[] {
  if (filter === undefined || filter.kind === "or" || filter.kind === "not") return [];
  return filter.kind === "and" ? filter.operands.flatMap(requiredComparisons) : [filter];
}

/** Whether an index can find the runs that meet the comparison. */
function isIndexed({ field, kind, comparator }: Comparison): boolean {
  if (field.kind === "dataset") return false;
  if (field.kind === "attribute" && !INDEXED_ATTRIBUTES.has(field.key)) return false;
  return (kind === "value" && comparator !== "!=") || kind === "range" || comparator === "IS NOT NULL";
}

const INDEXED_ATTRIBUTES: ReadonlySet<string> = new Set([
  "run_id",
  "run_name",
  "status",
  "start_time",
  "end_time",
]);

function indexedTest(comparison: Comparison, dialect: Dialect): RawBuilder<SqlBool> {
  if (comparison.kind === "null") return sql`1 = 1`;
  if (comparison.kind !== "value" || comparison.comparator !== "=" || typeof comparison.value !== "string") {
    return valueTest(comparison, dialect);
  }
  return dialect.indexedTextEquals(sql.ref<string>("value"), comparison.value);
}

const selectNewest = statement<Record<string, never>>()((db) =>
  db.selectFrom("runs").select("id").orderBy("id", "desc").limit(1),
);
