import { assert } from "@flightdeck/core";
import type { Comparison, Filter } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { allOf, compare, type Condition, isTrue, textCondition } from "../search/condition.ts";
import { spanCondition } from "./span-conditions.ts";
import { TRACE_METADATA, TRACE_TAGS } from "./trace-rows.ts";

export const ID: RawBuilder<number> = sql`traces.id`;

/** What of a trace can be searched and sorted by and has a column. */
export const COLUMNS: Readonly<Record<string, RawBuilder<string | number | null>>> = {
  request_id: sql`traces.trace_uuid`,
  client_request_id: sql`traces.client_request_id`,
  experiment_id: sql`traces.experiment_id`,
  status: sql`traces.status`,
  timestamp_ms: sql`traces.timestamp_ms`,
  execution_time_ms: sql`traces.execution_time_ms`,
  end_time_ms: sql`(traces.timestamp_ms + coalesce(traces.execution_time_ms, 0))`,
};

/**
 * The filter as SQL. Comparisons of spans that stand together under one AND are all about the same span, as in MLflow.
 */
export function traceCondition(filter: Filter, dialect: Dialect): Condition {
  if (filter.kind === "not") return sql`NOT (${traceCondition(filter.operand, dialect)})`;
  if (filter.kind !== "and" && filter.kind !== "or") return leaf(filter, dialect);
  const { spans = [], others = [] } = Object.groupBy(filter.operands, (operand) =>
    filter.kind === "and" && isOfSpan(operand) ? "spans" : "others",
  );
  const conditions = others.map((operand) => sql`(${traceCondition(operand, dialect)})`);
  if (spans.length > 0) conditions.push(spanExists(spans.filter(isOfSpan), dialect));
  return sql`${sql.join(conditions, filter.kind === "and" ? sql` AND ` : sql` OR `)}`;
}

function isOfSpan(filter: Filter): filter is Comparison {
  if (filter.kind === "not" || filter.kind === "and" || filter.kind === "or") return false;
  return filter.field.kind === "span" || isText(filter);
}

/** Any text of the trace is that of its spans. */
function isText({ field }: Comparison): boolean {
  return field.kind === "attribute" && field.key === "text";
}

function leaf(comparison: Comparison, dialect: Dialect): Condition {
  const { kind, key } = comparison.field;
  if (kind === "span" || isText(comparison)) return spanExists([comparison], dialect);
  if (kind === "attribute") return attributeCondition(comparison, dialect);
  if (kind === "tag") return textCondition(TAGS, ID, comparison, dialect);
  if (kind === "request_metadata") return textCondition(METADATA, ID, comparison, dialect);
  assert(kind === "feedback" || kind === "expectation", `the grammar has no ${kind} '${key}' of traces`);
  return assessmentCondition(comparison, dialect);
}

const TAGS = { table: "trace_tags", owner: "trace_id" } as const;
const METADATA = { table: "trace_metadata", owner: "trace_id" } as const;

function attributeCondition(comparison: Comparison, dialect: Dialect): Condition {
  const { key } = comparison.field;
  if (key === "name") return textCondition(TAGS, ID, under(TRACE_TAGS.name, comparison), dialect);
  if (key === "run_id") return runCondition(comparison, dialect);
  const column = COLUMNS[key];
  assert(column !== undefined, `the grammar has an attribute ${key} without a column`);
  return isTrue(compare(column, comparison, dialect));
}

/** The run that a trace was logged in; one that equals may also have been linked to it. */
function runCondition(comparison: Comparison, dialect: Dialect): Condition {
  const logged = textCondition(METADATA, ID, under(TRACE_METADATA.sourceRun, comparison), dialect);
  if (comparison.comparator !== "=") return logged;
  const isLinked = sql`EXISTS (SELECT 1 FROM trace_runs AS link JOIN runs ON runs.id = link.run_id
    WHERE link.trace_id = ${ID} AND runs.run_uuid = ${comparison.value})`;
  return sql`(${logged} OR ${isLinked})`;
}

function under(key: string, comparison: Comparison): Comparison {
  return { ...comparison, field: { ...comparison.field, key } };
}

function spanExists(comparisons: readonly Comparison[], dialect: Dialect): Condition {
  const conditions = comparisons.map((comparison) => spanCondition(comparison, dialect));
  return sql`EXISTS (SELECT 1 FROM spans AS span WHERE span.trace_id = ${ID} AND ${allOf(conditions)})`;
}

/** A valid assessment of the name whose value meets the comparison. */
function assessmentCondition(comparison: Comparison, dialect: Dialect): Condition {
  const { kind, key } = comparison.field;
  const exists = (isMet: Condition): Condition => sql`EXISTS (SELECT 1 FROM trace_assessments AS assessment
    WHERE assessment.trace_id = ${ID} AND assessment.kind = ${kind} AND assessment.name = ${key}
      AND assessment.is_valid = 1 AND ${isMet})`;
  if (comparison.kind === "null") {
    return comparison.comparator === "IS NULL" ? sql`NOT ${exists(sql`1 = 1`)}` : exists(sql`1 = 1`);
  }
  return exists(valueCondition(comparison, dialect));
}

function valueCondition(comparison: Comparison, dialect: Dialect): Condition {
  if (comparison.kind === "range") return isTrue(compare(NUMBER, comparison, dialect));
  if (comparison.kind !== "value") return compare(TEXT, comparison, dialect);
  if (typeof comparison.value === "number") return isTrue(compare(NUMBER, comparison, dialect));
  const number = comparison.value.trim() === "" ? Number.NaN : Number(comparison.value);
  if (!Number.isFinite(number)) return compare(TEXT, comparison, dialect);
  // Equality is given as text, also that of numbers, which have several spellings.
  const isNumber = isTrue(sql`${NUMBER} = ${number}`);
  return comparison.comparator === "="
    ? sql`(${TEXT} = ${comparison.value} OR ${isNumber})`
    : sql`(${TEXT} <> ${comparison.value} AND NOT ${isNumber})`;
}

const TEXT: RawBuilder<string> = sql`assessment.value_text`;
const NUMBER: RawBuilder<number | null> = sql`assessment.value_number`;
