import { assert } from "@flightdeck/core";
import type { Comparison, FieldKind, Filter, SearchField, SearchOrder, ViewType } from "@flightdeck/protocol";
import { type RawBuilder, sql, type SqlBool } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { ALWAYS, compare, type Condition, isTrue, NEVER } from "../search/condition.ts";

/** Tables with one value per run and key. */
type RunValueTable = "latest_metrics" | "params" | "tags";

/** The part of a search plan that conditions are built for. */
export type ConditionScope = {
  readonly keys: SearchKeys;
  readonly dialect: Dialect;
  /** The run's id in the table that is read first, so that conditions on it are tested before `runs` is joined. */
  readonly runId: RawBuilder<number>;
  /** A field whose row is already joined under an alias, so that it need not be looked up. */
  readonly atHand?: { readonly field: SearchField; readonly row: string };
  /** The attribute whose index provides the order. SQLite must not pick the index of another attribute, and then sort. */
  readonly orderedBy?: string | undefined;
};

/** Turns one comparison into a condition on a row of `runs`. */
export function runCondition(comparison: Comparison, scope: ConditionScope): Condition {
  const { keys, dialect, runId, atHand } = scope;
  const { kind, key } = comparison.field;
  if (kind === "attribute") return attributeCondition(comparison, scope);
  if (kind === "dataset") return datasetCondition(comparison, dialect);
  if (kind === atHand?.field.kind && key === atHand.field.key) return testAtHand(comparison, scope);
  const keyIds = keys.get(key) ?? [];
  const look = <T>(expression: RawBuilder<T>): RawBuilder<T | null> =>
    keyIds.length === 0 ? sql`NULL` : valueOf(comparison.field, { keyIds, runId }, expression);
  if (comparison.kind === "null") return sql`${look(sql`1`)} ${sql.raw(comparison.comparator)}`;
  return keyIds.length === 0 ? NEVER : isTrue(sql`${look(valueTest(comparison, dialect))}`);
}

function testAtHand(comparison: Comparison, { dialect, atHand }: ConditionScope): Condition {
  if (comparison.kind === "null") return comparison.comparator === "IS NULL" ? NEVER : ALWAYS;
  return valueTest(comparison, dialect, atHand?.row);
}

/** Whether a row of a value table meets a comparison. For NaN only `!=` is true. */
export function valueTest(comparison: Comparison, dialect: Dialect, row?: string): RawBuilder<SqlBool> {
  const column = (name: string) => sql.ref<string | number>(row === undefined ? name : `${row}.${name}`);
  const test = compare(column("value"), comparison, dialect);
  if (comparison.field.kind !== "metric") return test;
  const isNan = column("is_nan");
  return comparison.comparator === "!=" ? sql`(${test} OR ${isNan} = 1)` : sql`(${test} AND ${isNan} = 0)`;
}

/** The run and the key ids of a value to look up. */
type ValueOwner = { readonly keyIds: readonly number[]; readonly runId: RawBuilder<number> };

/** An expression over a run's value row for a key, or null without one. A lookup by primary key. */
export function valueOf<T>(
  field: SearchField,
  { keyIds, runId }: ValueOwner,
  expression: RawBuilder<T>,
): RawBuilder<T | null> {
  const table = sql.table(valueTable(field.kind));
  const keyId =
    keyIds.length === 1
      ? sql`${keyIds[0]}`
      : sql`(SELECT id FROM keys WHERE keys.experiment_id = runs.experiment_id AND keys.key = ${field.key})`;
  return sql<T | null>`(SELECT ${expression} FROM ${table} WHERE key_id = ${keyId} AND run_id = ${runId})`;
}

export function valueTable(kind: FieldKind): RunValueTable {
  if (kind === "metric") return "latest_metrics";
  if (kind === "parameter") return "params";
  assert(kind === "tag", `${kind} has no value table`);
  return "tags";
}

export function attributeColumn(key: string): RawBuilder<string | number | null> {
  const column = ATTRIBUTE_COLUMNS[key];
  assert(column !== undefined, `the grammar has an attribute ${key} without a column`);
  return sql.ref(`runs.${column}`);
}

const ATTRIBUTE_COLUMNS: Readonly<Record<string, string>> = {
  run_id: "run_uuid",
  run_name: "name",
  status: "status",
  artifact_uri: "artifact_uri",
  user_id: "user_id",
  start_time: "start_time_ms",
  end_time: "end_time_ms",
};

/** Whether a row of `runs` meets a comparison. Null when the attribute is null. */
export function attributeTest(comparison: Comparison, dialect: Dialect): Condition {
  const { field, kind, comparator } = comparison;
  if (field.key === "run_name" && kind === "value" && comparator === "=") {
    return dialect.indexedTextEquals(sql.ref("runs.name"), String(comparison.value));
  }
  return compare(attributeColumn(field.key), comparison, dialect);
}

/** Numeric attributes with an index. A unary plus keeps their value but prevents use of the index. */
const INDEXED_NUMBERS: ReadonlySet<string> = new Set(["start_time", "end_time"]);

/** Uses an equality for a single id, so that an index that continues with another column can provide the order. */
export function idCondition(
  column: RawBuilder<unknown>,
  ids: readonly number[],
  dialect: Dialect,
): RawBuilder<SqlBool> {
  if (ids.length === 1) return sql`${column} = ${ids[0]}`;
  return sql`${column} IN ${dialect.listOfIntegers(sql.val(JSON.stringify(ids)))}`;
}

function attributeCondition(comparison: Comparison, { dialect, orderedBy }: ConditionScope): Condition {
  const { key } = comparison.field;
  if (orderedBy !== undefined && orderedBy !== key && INDEXED_NUMBERS.has(key)) {
    return isTrue(compare(sql`+${attributeColumn(key)}`, comparison, dialect));
  }
  const condition = attributeTest(comparison, dialect);
  // Only `end_time` may be null. The others are not wrapped, so that an index can be used.
  return key === "end_time" ? isTrue(condition) : condition;
}

/** Whether any of the run's datasets meets the comparison. */
function datasetCondition(comparison: Comparison, dialect: Dialect): Condition {
  if (comparison.field.key === "context") {
    return sql`EXISTS (SELECT 1 FROM run_dataset_tags WHERE run_dataset_tags.run_id = runs.id
      AND run_dataset_tags.key = ${DATASET_CONTEXT_TAG}
      AND ${compare(sql.ref("run_dataset_tags.value"), comparison, dialect)})`;
  }
  return sql`EXISTS (SELECT 1 FROM run_datasets INNER JOIN datasets ON datasets.id = run_datasets.dataset_id
    WHERE run_datasets.run_id = runs.id
    AND ${compare(sql.ref(`datasets.${comparison.field.key}`), comparison, dialect)})`;
}

/** MLflow's tag for the purpose of a dataset, such as training or validation. */
const DATASET_CONTEXT_TAG = "mlflow.data.context";

export type RunSearch = {
  readonly experimentIds: readonly number[];
  readonly viewType: ViewType;
  readonly filter: Filter | undefined;
  readonly orders: readonly SearchOrder[];
  readonly keys: SearchKeys;
  readonly maxResults: number;
};

/** Key ids by key, one for each searched experiment that has the key. */
export type SearchKeys = ReadonlyMap<string, readonly number[]>;

/** Looks up all keys in a search with one query. */
export function* resolveKeys(
  experimentIds: readonly number[],
  filter: Filter | undefined,
  orders: readonly SearchOrder[],
): Work<SearchKeys> {
  const fields = [...(filter === undefined ? [] : fieldsOf(filter)), ...orders.map(({ field }) => field)];
  const keys = fields.filter(isKeyed).map(({ key }) => key);
  if (keys.length === 0) return new Map();
  const rows = yield* all(
    selectKeys({ experimentIds: JSON.stringify(experimentIds), keys: JSON.stringify(keys) }),
  );
  const ids = new Map<string, number[]>();
  for (const { id, key } of rows) ids.set(key, [...(ids.get(key) ?? []), id]);
  return ids;
}

function isKeyed({ kind }: SearchField): boolean {
  return kind === "metric" || kind === "parameter" || kind === "tag";
}

function fieldsOf(filter: Filter): readonly SearchField[] {
  if (filter.kind === "not") return fieldsOf(filter.operand);
  if (filter.kind === "and" || filter.kind === "or") return filter.operands.flatMap(fieldsOf);
  return [filter.field];
}

const selectKeys = statement<{ experimentIds: string; keys: string }>()((db, arg, dialect) =>
  db
    .selectFrom("keys")
    .select(["id", "key"])
    .where("experiment_id", "in", dialect.listOfIntegers(arg("experimentIds")))
    .where("key", "in", dialect.listOfTexts(arg("keys")))
    .orderBy("id"),
);
