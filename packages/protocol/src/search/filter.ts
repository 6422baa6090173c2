/**
 * A filter as a tree: MLflow's grammar (comparisons joined by AND), and ours (OR, NOT, brackets, BETWEEN).
 * `a AND b AND c` is one node; brackets make a node of their own.
 */
export type Filter = JunctionFilter | NotFilter | Comparison;

/** At least two operands. */
export type JunctionFilter =
  | { readonly kind: "and"; readonly operands: readonly Filter[] }
  | { readonly kind: "or"; readonly operands: readonly Filter[] };
export type NotFilter = { readonly kind: "not"; readonly operand: Filter };

/** One comparison of a field that its entity has. Values have the type of the field. */
export type Comparison =
  | ValueComparison
  | PatternComparison
  | ListComparison
  | NullComparison
  | RangeComparison;

export type ValueComparison = {
  readonly kind: "value";
  readonly field: SearchField;
  readonly comparator: "=" | "!=" | ">" | ">=" | "<" | "<=";
  readonly value: string | number;
};

/** SQL's LIKE: `%` stands for any text, `_` for one character. */
export type PatternComparison = {
  readonly kind: "pattern";
  readonly field: SearchField;
  readonly comparator: "LIKE" | "ILIKE";
  readonly pattern: string;
};

export type ListComparison = {
  readonly kind: "list";
  readonly field: SearchField;
  readonly comparator: "IN" | "NOT IN";
  /** At least one. */
  readonly values: readonly string[];
};

export type NullComparison = {
  readonly kind: "null";
  readonly field: SearchField;
  readonly comparator: "IS NULL" | "IS NOT NULL";
};

/** Both ends belong to the range. */
export type RangeComparison = {
  readonly kind: "range";
  readonly field: SearchField;
  readonly comparator: "BETWEEN";
  readonly low: number;
  readonly high: number;
};

export type Comparator = Comparison["comparator"];

/**
 * What is compared: an attribute of the entity by its canonical name, or one of its metrics, params, tags, datasets; of
 * a trace also its metadata, its spans, and what was assessed.
 */
export type SearchField = { readonly kind: FieldKind; readonly key: string };
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

export type SearchOrder = { readonly field: SearchField; readonly isAscending: boolean };
