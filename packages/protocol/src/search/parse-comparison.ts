import { LIMITS } from "../limits.ts";
import type { Comparator, Comparison, SearchField, FieldKind } from "./filter.ts";
import { type Token, isKeyword, type TokenReader } from "./lexer.ts";
import { type SearchEntity, type Attribute, DATASET_FIELDS, SPAN_FIELDS } from "./search-entity.ts";
import { pythonSet, searchError, pythonList } from "./search-error.ts";

/** Parses one comparison and checks it against the entity's fields. */
export function parseComparison(reader: TokenReader, entity: SearchEntity): Comparison {
  const name = reader.take();
  const field = resolveField(name, entity, "filter");
  const comparator = parseComparator(reader);
  checkComparator(field, comparator, entity);
  switch (comparator.text) {
    case "IS NULL":
    case "IS NOT NULL":
      return { kind: "null", field, comparator: comparator.text };
    case "IN":
    case "NOT IN":
      return { kind: "list", field, comparator: comparator.text, values: parseList(reader) };
    case "LIKE":
    case "ILIKE":
      return { kind: "pattern", field, comparator: comparator.text, pattern: parsePattern(reader, field) };
    case "BETWEEN":
      return parseRange(reader, field, entity);
    default:
      return {
        kind: "value",
        field,
        comparator: comparator.text,
        value: isAssessment(field)
          ? parseAssessed(reader, field, comparator.text)
          : parseValue(reader, field, entity),
      };
  }
}

type ComparatorWord = { readonly text: Comparator; readonly token: Token };

const OPERATORS = ["=", "!=", ">", ">=", "<", "<="] as const;
const WORDS = ["LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL", "BETWEEN"] as const;

function parseComparator(reader: TokenReader): ComparatorWord {
  const token = reader.take();
  const operator = OPERATORS.find((known) => token.kind === "operator" && token.raw === known);
  if (operator !== undefined) return { text: operator, token };
  const word = (["LIKE", "ILIKE", "IN", "BETWEEN"] as const).find((known) => isKeyword(token, known));
  if (word !== undefined) return { text: word, token };
  if (isKeyword(token, "NOT")) {
    reader.expectKeyword("IN");
    return { text: "NOT IN", token };
  }
  if (isKeyword(token, "IS")) {
    const isNot = reader.takeKeyword("NOT");
    reader.expectKeyword("NULL");
    return { text: isNot ? "IS NOT NULL" : "IS NULL", token };
  }
  if (token.kind === "end")
    throw searchError("Invalid comparison clause. Expected a comparator, found the end", token);
  throw searchError(
    `Invalid comparator '${token.raw}' not one of '${pythonSet([...OPERATORS, ...WORDS])}'`,
    token,
    [...OPERATORS, ...WORDS],
  );
}

function checkComparator(field: SearchField, { text, token }: ComparatorWord, entity: SearchEntity): void {
  const allowed =
    field.kind === "attribute"
      ? attributeRule(entity, field.key)?.comparators
      : entity.comparators[field.kind];
  if (allowed?.includes(text) === true) return;
  if (text === "IS NULL" || text === "IS NOT NULL") {
    throw searchError(
      `IS NULL / IS NOT NULL is only supported for tags and params, not for '${field.kind}' '${field.key}'`,
      token,
    );
  }
  if ((text === "IN" || text === "NOT IN") && field.kind === "attribute") {
    const listable = Object.entries(entity.attributes).filter(([, { comparators }]) =>
      comparators.includes("IN"),
    );
    throw searchError(
      `Only [${listable.map(([name]) => `'${name}'`).join(", ")}] attributes support comparison with a list of quoted string values.`,
      token,
    );
  }
  throw searchError(`Invalid comparator '${text}' not one of '${pythonSet(allowed ?? [])}'`, token);
}

function parseValue(reader: TokenReader, field: SearchField, entity: SearchEntity): string | number {
  const isNumeric = field.kind === "metric" || numericType(field, entity) !== undefined;
  return isNumeric ? parseNumber(reader, field, entity) : parseText(reader, field);
}

function isAssessment({ kind }: SearchField): boolean {
  return kind === "feedback" || kind === "expectation";
}

/** Assessments may have values of any type: order comparisons need a number, equality takes text. */
function parseAssessed(reader: TokenReader, field: SearchField, comparator: Comparator): string | number {
  const token = reader.peek();
  if (comparator === "=" || comparator === "!=") {
    return token.kind === "number" ? reader.take().raw : parseText(reader, field);
  }
  reader.take();
  if (token.kind === "number" && Number.isFinite(token.value)) return token.value;
  throw searchError(
    `Expected a numeric value for ${field.kind} when using comparator '${comparator}'. Got value ${token.raw || "the end"}`,
    token,
  );
}

function parseRange(reader: TokenReader, field: SearchField, entity: SearchEntity): Comparison {
  const low = parseNumber(reader, field, entity);
  reader.expectKeyword("AND");
  const high = parseNumber(reader, field, entity);
  return { kind: "range", field, comparator: "BETWEEN", low, high };
}

function parseNumber(reader: TokenReader, field: SearchField, entity: SearchEntity): number {
  const token = reader.take();
  const isInteger = numericType(field, entity) === "integer";
  const value = numberOf(token, isInteger);
  if (value === undefined) {
    const what = field.kind === "metric" ? "metric" : `numeric attribute: ${field.key}`;
    throw searchError(`Expected numeric value type for ${what}. Found ${token.raw || "the end"}`, token);
  }
  if (isInteger && !Number.isInteger(value)) {
    throw searchError(`Invalid value for numeric attribute '${field.key}': '${token.raw}'`, token);
  }
  return value;
}

/** An integer may be given as text, as in `version_number = '5'`. */
function numberOf(token: Token, isInteger: boolean): number | undefined {
  if (token.kind === "number") return Number.isFinite(token.value) ? token.value : undefined;
  if (!isInteger || (token.kind !== "text" && token.kind !== "quoted")) return undefined;
  return /^[+-]?\d+$/.test(token.value) ? Number(token.value) : undefined;
}

function numericType(field: SearchField, entity: SearchEntity): "number" | "integer" | undefined {
  if (field.kind !== "attribute") return undefined;
  const type = attributeRule(entity, field.key)?.type;
  return type === "text" ? undefined : type;
}

function parseText(reader: TokenReader, field: SearchField): string {
  const token = reader.take();
  if (token.kind === "text" || token.kind === "quoted") return token.value;
  if (token.kind === "name") {
    throw searchError(
      `Parameter value is either not quoted or unidentified quote types used for string value ${token.raw}. Use either single or double quotes.`,
      token,
    );
  }
  throw searchError(
    field.kind === "attribute" || field.kind === "dataset"
      ? `Expected a quoted string value for ${field.kind === "dataset" ? "dataset " : ""}attributes. Got value ${token.raw}`
      : `Expected a quoted string value for ${field.kind} (e.g. 'my-value'). Got value ${token.raw}`,
    token,
  );
}

function parsePattern(reader: TokenReader, field: SearchField): string {
  const token = reader.peek();
  const pattern = parseText(reader, field);
  if (pattern.length <= LIMITS.likePatternCharsMax) return pattern;
  throw searchError(
    `A pattern must have at most ${LIMITS.likePatternCharsMax} characters, got ${pattern.length}`,
    token,
  );
}

const LIST_RULE = "While parsing a list in the query, expected";

function parseList(reader: TokenReader): readonly string[] {
  reader.expectSymbol("(", `${LIST_RULE} a non-empty list of string values, but got ill-formed list.`);
  const values: string[] = [];
  for (;;) {
    const token = reader.take();
    if (token.raw === ")" && values.length === 0) {
      throw searchError(`${LIST_RULE} a non-empty list of string values, but got empty list`, token);
    }
    if (token.raw === ")" && token.kind === "symbol") return values; // A comma before the bracket is allowed, as in Python.
    values.push(listValue(token));
    if (reader.takeSymbol(")")) return values;
    reader.expectSymbol(",", `${LIST_RULE} a non-empty list of string values, but got ill-formed list.`);
  }
}

function listValue(token: Token): string {
  if (token.kind === "text" || token.kind === "quoted") return token.value;
  throw searchError(
    `${LIST_RULE} string value, punctuation, or whitespace, but got different type in list: ${token.raw}`,
    token,
  );
}

/** Resolves a name to a field of the entity, replacing an alias by the canonical name. */
export function resolveField(token: Token, entity: SearchEntity, use: "filter" | "order"): SearchField {
  const { prefix, key } = nameOf(token);
  const kind = prefix === undefined ? "attribute" : kindOf(prefix, token, entity);
  if (key === "") throw searchError("Invalid identifier: a name must follow the dot", token);
  if (kind === "attribute") return { kind, key: attributeOf(key, token, entity, use) };
  if (kind === "dataset" && !(DATASET_FIELDS as readonly string[]).includes(key)) {
    throw searchError(
      `Invalid dataset key '${key}' specified. Valid keys are '${pythonSet(DATASET_FIELDS)}'`,
      { raw: key, start: token.start },
      DATASET_FIELDS,
    );
  }
  if (kind === "span") checkSpanField(key, token);
  return { kind, key };
}

function checkSpanField(key: string, token: Token): void {
  const isOwnAttribute = key.startsWith(SPAN_ATTRIBUTE_PREFIX) && key !== SPAN_ATTRIBUTE_PREFIX;
  if (isOwnAttribute || (SPAN_FIELDS as readonly string[]).includes(key)) return;
  throw searchError(
    `Invalid span attribute '${key}'. Supported attributes: name, status, type, attributes.<attribute_name>.`,
    { raw: key, start: token.start },
    SPAN_FIELDS,
  );
}

const SPAN_ATTRIBUTE_PREFIX = "attributes.";

function attributeRule(entity: SearchEntity, key: string): Attribute | undefined {
  return Object.hasOwn(entity.attributes, key) ? entity.attributes[key] : undefined;
}

function nameOf(token: Token): { readonly prefix: string | undefined; readonly key: string } {
  if (token.kind === "name") return token;
  if (token.kind === "quoted") return { prefix: undefined, key: token.value };
  throw searchError(
    `Invalid comparison clause. Expected 'Identifier' found '${token.raw === "" ? "the end" : token.raw}'`,
    token,
  );
}

function kindOf(prefix: string, token: Token, entity: SearchEntity): FieldKind {
  const kind = Object.hasOwn(entity.prefixes, prefix) ? entity.prefixes[prefix] : undefined;
  if (kind !== undefined) return kind;
  const kinds = KIND_NAMES.filter((name) => Object.values(entity.prefixes).includes(name));
  throw searchError(
    `Invalid entity type '${prefix}'. Valid values are ${pythonList(kinds)}`,
    { raw: prefix, start: token.start },
    Object.keys(entity.prefixes),
  );
}

const KIND_NAMES: readonly FieldKind[] = [
  "metric",
  "parameter",
  "tag",
  "attribute",
  "dataset",
  "request_metadata",
  "span",
  "feedback",
  "expectation",
];

function attributeOf(key: string, token: Token, entity: SearchEntity, use: "filter" | "order"): string {
  const canonical = (Object.hasOwn(entity.aliases, key) ? entity.aliases[key] : undefined) ?? key;
  const rule = attributeRule(entity, canonical);
  if (rule !== undefined && isUsable(rule, use)) return canonical;
  const usable = Object.entries(entity.attributes).filter(([, attribute]) => isUsable(attribute, use));
  const names = usable.map(([name]) => name);
  throw searchError(
    `Invalid attribute key '${key}' specified. Valid keys are '${pythonSet(names)}'`,
    { raw: key, start: token.start + Math.max(token.raw.lastIndexOf(key), 0) },
    [...names, ...Object.keys(entity.aliases)],
  );
}

function isUsable(attribute: Attribute, use: "filter" | "order"): boolean {
  return use === "order" ? attribute.canOrder : attribute.comparators.length > 0;
}
