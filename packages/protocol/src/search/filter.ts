/**
 * A filter as a tree: MLflow's grammar (comparisons joined by AND) with our extensions (OR, NOT, brackets, BETWEEN). `a
 * AND b AND c` is one node; brackets create a separate node.
 */
export type Filter = JunctionFilter | NotFilter | Comparison;

/** At least two operands. */
export type JunctionFilter =
  | { readonly kind: "and"; readonly operands: readonly Filter[] }
  | { readonly kind: "or"; readonly operands: readonly Filter[] };
/** `NOT (…)`. */
export type NotFilter = { readonly kind: "not"; readonly operand: Filter };

/** A comparison of a field. Values have the type of the field. */
export type Comparison =
  | ValueComparison
  | PatternComparison
  | ListComparison
  | NullComparison
  | RangeComparison;

/** `field = value` and other comparisons with one value. */
export type ValueComparison = {
  readonly kind: "value";
  readonly field: SearchField;
  readonly comparator: "=" | "!=" | ">" | ">=" | "<" | "<=";
  readonly value: string | number;
};

/** SQL's LIKE: `%` matches any text, `_` one character. */
export type PatternComparison = {
  readonly kind: "pattern";
  readonly field: SearchField;
  readonly comparator: "LIKE" | "ILIKE";
  readonly pattern: string;
};

/** `field IN (…)` and `field NOT IN (…)`. */
export type ListComparison = {
  readonly kind: "list";
  readonly field: SearchField;
  readonly comparator: "IN" | "NOT IN";
  /** At least one. */
  readonly values: readonly string[];
};

/** `field IS NULL` and `field IS NOT NULL`. */
export type NullComparison = {
  readonly kind: "null";
  readonly field: SearchField;
  readonly comparator: "IS NULL" | "IS NOT NULL";
};

/** Both ends are inclusive. */
export type RangeComparison = {
  readonly kind: "range";
  readonly field: SearchField;
  readonly comparator: "BETWEEN";
  readonly low: number;
  readonly high: number;
};

/** How a field is compared with a value. */
export type Comparator = Comparison["comparator"];

/**
 * The field to compare: an attribute of the entity by its canonical name, or one of its metrics, params, tags or
 * datasets; for a trace also its metadata, spans and assessments.
 */
export type SearchField = { readonly kind: FieldKind; readonly key: string };
/** The kind of a field in a filter. */
export type FieldKind =
  | "attribute"
  | "metric"
  | "parameter"
  | "tag"
  | "dataset"
  | "request_metadata"
  | "span"
  | "feedback"
  | "expectation";

/** One entry of `order_by`. */
export type SearchOrder = { readonly field: SearchField; readonly isAscending: boolean };

/**
 * Formats a filter as text that parses to the same tree.
 *
 * @example
 * ```ts
 * const filter = parseFilter("metrics.acc>0.9 and params.trees = '100'", "runs");
 * printFilter(filter!); // "metrics.acc > 0.9 AND params.trees = '100'"
 * ```
 */
export function printFilter(filter: Filter): string {
  if (filter.kind === "not") return `NOT ${printOperand(filter.operand, ["and", "or"])}`;
  if (filter.kind === "or")
    return filter.operands.map((operand) => printOperand(operand, ["or"])).join(" OR ");
  if (filter.kind === "and") {
    return filter.operands.map((operand) => printOperand(operand, ["and", "or"])).join(" AND ");
  }
  return printComparison(filter);
}

/** Formats an operand, in brackets if it would otherwise merge with its surroundings. */
function printOperand(filter: Filter, bracketed: readonly Filter["kind"][]): string {
  const text = printFilter(filter);
  return bracketed.includes(filter.kind) ? `(${text})` : text;
}

function printComparison(comparison: Comparison): string {
  const left = `${printField(comparison.field)} ${comparison.comparator}`;
  switch (comparison.kind) {
    case "null":
      return left;
    case "list":
      return `${left} (${comparison.values.map(quoted).join(", ")})`;
    case "pattern":
      return `${left} ${quoted(comparison.pattern)}`;
    case "range":
      return `${left} ${comparison.low} AND ${comparison.high}`;
    case "value":
      return `${left} ${typeof comparison.value === "number" ? comparison.value : quoted(comparison.value)}`;
  }
}

const PREFIXES: Readonly<Record<FieldKind, string>> = {
  attribute: "attributes",
  metric: "metrics",
  parameter: "params",
  tag: "tags",
  dataset: "datasets",
  request_metadata: "request_metadata",
  span: "span",
  feedback: "feedback",
  expectation: "expectation",
};

function printField({ kind, key }: SearchField): string {
  const isPlain = /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(key);
  return `${PREFIXES[kind]}.${isPlain ? key : `\`${key.replaceAll("`", "``")}\``}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
