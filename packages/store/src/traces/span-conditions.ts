import { AppError } from "@flightdeck/core";
import { type Comparison, LIMITS } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { compare, type Condition } from "../search/condition.ts";

const CONTENT: RawBuilder<string> = sql`span.content`;

const COLUMNS: Readonly<Record<string, RawBuilder<string>>> = {
  name: sql`span.name`,
  type: sql`span.type`,
  status: sql`span.status`,
};

const ATTRIBUTE_PREFIX = "attributes.";

/** A comparison with a row of `spans` that is called `span`. */
export function spanCondition(comparison: Comparison, dialect: Dialect): Condition {
  const { key } = comparison.field;
  const column = COLUMNS[key];
  if (column !== undefined) return compare(column, comparison, dialect);
  if (key.startsWith(ATTRIBUTE_PREFIX)) {
    return attributeCondition(key.slice(ATTRIBUTE_PREFIX.length), comparison, dialect);
  }
  return contentCondition(comparison, dialect);
}

/** A pattern that is looked for within texts, which JSON has escaped. */
function contentCondition(comparison: Comparison, dialect: Dialect): Condition {
  if (comparison.kind !== "pattern") return compare(CONTENT, comparison, dialect);
  return matches({ ...comparison, pattern: escaped(comparison.pattern) }, dialect);
}

/**
 * An attribute of the span or of its events, found in the content by how it is written there. A wildcard may reach over
 * the end of the attribute, as in MLflow.
 */
function attributeCondition(name: string, comparison: Comparison, dialect: Dialect): Condition {
  if (name.length > LIMITS.entityKeyCharsMax) {
    const message = `An attribute's name in a filter must have at most ${LIMITS.entityKeyCharsMax} characters, got ${name.length}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  const start = `"key":${JSON.stringify(name)},"value":`;
  if (comparison.kind === "pattern") {
    const pattern = `%${start}{"string_value":"${escaped(comparison.pattern)}"}%`;
    return matches({ ...comparison, pattern }, dialect);
  }
  const values = comparison.kind === "list" ? comparison.values : [valueOf(comparison)];
  const equals = values.flatMap((value) => forms(value).map((form) => contains(`${start}${form}`)));
  const isEqual = sql`(${sql.join(equals, sql` OR `)})` as Condition; // Conditions joined are one.
  const isNegated = comparison.comparator === "!=" || comparison.comparator === "NOT IN";
  return isNegated ? sql`(${contains(start)} AND NOT ${isEqual})` : isEqual;
}

function valueOf(comparison: Comparison): string {
  return comparison.kind === "value" ? String(comparison.value) : "";
}

/** How a value that is given as text may be written. */
function forms(value: string): readonly string[] {
  const isBool = value === "true" || value === "false";
  return [
    `{"string_value":${JSON.stringify(value)}}`,
    ...(isBool ? [`{"bool_value":${value}}`] : []),
    ...(/^-?\d+$/.test(value) ? [`{"int_value":"${value}"}`] : []),
    ...(value.trim() !== "" && Number.isFinite(Number(value)) ? [`{"double_value":${Number(value)}}`] : []),
  ];
}

/** Of the functions that find a text in another one, this is the one that all databases have under one name. */
function contains(text: string): Condition {
  return sql`replace(${CONTENT}, ${text}, '') <> ${CONTENT}`;
}

function matches(comparison: Comparison & { readonly kind: "pattern" }, dialect: Dialect): Condition {
  // The name adds up to a few hundred characters, which the bound leaves room for.
  if (comparison.pattern.length > LIMITS.likePatternCharsMax) {
    const message = `A pattern must have at most ${LIMITS.likePatternCharsMax} characters, those that JSON escapes count for more, got ${comparison.pattern.length}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return compare(CONTENT, comparison, dialect);
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
