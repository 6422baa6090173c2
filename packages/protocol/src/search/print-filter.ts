import type { Comparison, FieldKind, Filter, SearchField } from "./filter.ts";

/** The filter as text that parses to the same tree. */
export function printFilter(filter: Filter): string {
  if (filter.kind === "not") return `NOT ${printOperand(filter.operand, ["and", "or"])}`;
  if (filter.kind === "or")
    return filter.operands.map((operand) => printOperand(operand, ["or"])).join(" OR ");
  if (filter.kind === "and") {
    return filter.operands.map((operand) => printOperand(operand, ["and", "or"])).join(" AND ");
  }
  return printComparison(filter);
}

/** An operand, in brackets when without them it would join what is around it. */
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
