import { AppError, assert } from "@flightdeck/core";
import { type Comparison, type Filter, LIMITS } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { allOf, compare, type Condition, isTrue, textCondition } from "../search/condition.ts";
import { TRACE_METADATA, TRACE_TAGS } from "./trace-rows.ts";

export const ID: RawBuilder<number> = sql`traces.id`;

/** Columns for filters and sorting, by the attribute's name in the grammar. */
export const COLUMNS: Readonly<Record<string, RawBuilder<string | number | null>>> = {
  request_id: sql`traces.trace_uuid`,
  client_request_id: sql`traces.client_request_id`,
  experiment_id: sql`traces.experiment_id`,
  status: sql`traces.status`,
  timestamp_ms: sql`traces.timestamp_ms`,
  execution_time_ms: sql`traces.execution_time_ms`,
  end_time_ms: sql`(traces.timestamp_ms + coalesce(traces.execution_time_ms, 0))`,
};

/** Turns a filter into SQL. Span comparisons joined by one AND must all match the same span, as in MLflow. */
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

/** `text` searches the contents of the spans. */
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

/** Compares the run in which the trace was logged. With `=`, also matches runs that the trace was linked to. */
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

const CONTENT: RawBuilder<string> = sql`span.content`;

const SPAN_COLUMNS: Readonly<Record<string, RawBuilder<string>>> = {
  name: sql`span.name`,
  type: sql`span.type`,
  status: sql`span.status`,
};

const ATTRIBUTE_PREFIX = "attributes.";

/** Compares a row of `spans` with the alias `span`. */
function spanCondition(comparison: Comparison, dialect: Dialect): Condition {
  const { key } = comparison.field;
  const column = SPAN_COLUMNS[key];
  if (column !== undefined) return compare(column, comparison, dialect);
  if (key.startsWith(ATTRIBUTE_PREFIX)) {
    return spanAttributeCondition(key.slice(ATTRIBUTE_PREFIX.length), comparison, dialect);
  }
  return contentCondition(comparison, dialect);
}

/** Compares the span's JSON. A pattern is escaped the way JSON escapes the texts in it. */
function contentCondition(comparison: Comparison, dialect: Dialect): Condition {
  if (comparison.kind !== "pattern") return compare(CONTENT, comparison, dialect);
  return matches({ ...comparison, pattern: escaped(comparison.pattern) }, dialect);
}

/**
 * Finds an attribute of the span or its events by its serialized form in the content. A wildcard may match beyond the end of
 * the attribute, as in MLflow.
 */
function spanAttributeCondition(name: string, comparison: Comparison, dialect: Dialect): Condition {
  if (name.length > LIMITS.entityKeyCharsMax) {
    const message = `An attribute's name in a filter must have at most ${LIMITS.entityKeyCharsMax} characters, got ${name.length}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const start = `"key":${JSON.stringify(name)},"value":`;
  if (comparison.kind === "pattern") {
    const pattern = `%${start}{"string_value":"${escaped(comparison.pattern)}"}%`;
    return matches({ ...comparison, pattern }, dialect);
  }
  const values = comparison.kind === "list" ? comparison.values : [valueText(comparison)];
  const equals = values.flatMap((value) => forms(value).map((form) => contains(`${start}${form}`)));
  const isEqual = sql`(${sql.join(equals, sql` OR `)})` as Condition; // `sql.join` loses the type.
  const isNegated = comparison.comparator === "!=" || comparison.comparator === "NOT IN";
  return isNegated ? sql`(${contains(start)} AND NOT ${isEqual})` : isEqual;
}

function valueText(comparison: Comparison): string {
  return comparison.kind === "value" ? String(comparison.value) : "";
}

/** The serialized forms of a value that the filter gives as text. */
function forms(value: string): readonly string[] {
  const isBool = value === "true" || value === "false";
  return [
    `{"string_value":${JSON.stringify(value)}}`,
    ...(isBool ? [`{"bool_value":${value}}`] : []),
    ...(/^-?\d+$/.test(value) ? [`{"int_value":"${value}"}`] : []),
    ...(value.trim() !== "" && Number.isFinite(Number(value)) ? [`{"double_value":${Number(value)}}`] : []),
  ];
}

/** `replace` is the one substring function that has the same name in all databases. */
function contains(text: string): Condition {
  return sql`replace(${CONTENT}, ${text}, '') <> ${CONTENT}`;
}

function matches(comparison: Comparison & { readonly kind: "pattern" }, dialect: Dialect): Condition {
  // The attribute's name adds up to a few hundred characters, for which the limit leaves room.
  if (comparison.pattern.length > LIMITS.likePatternCharsMax) {
    const message = `A pattern must have at most ${LIMITS.likePatternCharsMax} characters after JSON escaping, got ${comparison.pattern.length}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return compare(CONTENT, comparison, dialect);
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Matches traces with a valid assessment of that name whose value meets the comparison. */
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
  // The grammar passes numbers as text too, and a number can be written in several ways.
  const isNumber = isTrue(sql`${NUMBER} = ${number}`);
  return comparison.comparator === "="
    ? sql`(${TEXT} = ${comparison.value} OR ${isNumber})`
    : sql`(${TEXT} <> ${comparison.value} AND NOT ${isNumber})`;
}

const TEXT: RawBuilder<string> = sql`assessment.value_text`;
const NUMBER: RawBuilder<number | null> = sql`assessment.value_number`;
