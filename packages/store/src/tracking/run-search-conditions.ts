import { assert } from "@flightdeck/core";
import type { Comparison, FieldKind, SearchField } from "@flightdeck/protocol";
import { type RawBuilder, sql, type SqlBool } from "kysely";
import type { Dialect } from "../dialects/dialect.ts";
import { compare, type Condition, isTrue, NEVER } from "../search/condition.ts";
import type { SearchKeys } from "./run-search-keys.ts";

/** The tables with one value per run and key. */
export type RunValueTable = "latest_metrics" | "params" | "tags";

/** One comparison as a condition on a row of `runs`. */
export function runCondition(comparison: Comparison, keys: SearchKeys, dialect: Dialect): Condition {
  const { kind, key } = comparison.field;
  if (kind === "attribute") return attributeCondition(comparison, dialect);
  if (kind === "dataset") return datasetCondition(comparison, dialect);
  const keyIds = keys.get(key) ?? [];
  if (comparison.kind === "null") return presence(comparison, keyIds);
  if (keyIds.length === 0) return NEVER;
  return isTrue(sql`${valueOf(comparison.field, keyIds, valueTest(comparison, dialect))}`);
}

/** Whether a row of a value table meets a comparison. NaN differs from every number and compares with none. */
export function valueTest(comparison: Comparison, dialect: Dialect): RawBuilder<SqlBool> {
  const test = compare(sql.ref("value"), comparison, dialect);
  if (comparison.field.kind !== "metric") return test;
  return comparison.comparator === "!=" ? sql`(${test} OR is_nan = 1)` : sql`(${test} AND is_nan = 0)`;
}

/** An expression over the row that a run has under a key; null when it has none. A look-up by primary key. */
export function valueOf<T>(
  field: SearchField,
  keyIds: readonly number[],
  expression: RawBuilder<T>,
): RawBuilder<T | null> {
  const table = sql.table(valueTable(field.kind));
  const keyId =
    keyIds.length === 1
      ? sql`${keyIds[0]}`
      : sql`(SELECT id FROM keys WHERE keys.experiment_id = runs.experiment_id AND keys.key = ${field.key})`;
  return sql<T | null>`(SELECT ${expression} FROM ${table} WHERE key_id = ${keyId} AND run_id = runs.id)`;
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

function attributeCondition(comparison: Comparison, dialect: Dialect): Condition {
  const condition = compare(attributeColumn(comparison.field.key), comparison, dialect);
  // The only attribute that may be absent; the others stay bare so that an index can serve them.
  return comparison.field.key === "end_time" ? isTrue(condition) : condition;
}

function presence(comparison: Comparison, keyIds: readonly number[]): Condition {
  const value = keyIds.length === 0 ? sql`NULL` : valueOf(comparison.field, keyIds, sql`1`);
  return sql`${value} ${sql.raw(comparison.comparator)}`;
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

/** MLflow's tag for what a dataset was used for: training, validation. */
const DATASET_CONTEXT_TAG = "mlflow.data.context";
