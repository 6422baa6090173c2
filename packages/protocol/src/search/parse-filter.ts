import { AppError } from "@flightdeck/core";
import { LIMITS } from "../limits.ts";
import type { Filter, SearchOrder } from "./filter.ts";
import { type Token, tokenize, isKeyword, TokenReader } from "./lexer.ts";
import { parseComparison, resolveField } from "./parse-comparison.ts";
import { SEARCH_ENTITIES, type SearchEntity, type SearchEntityName } from "./search-entity.ts";
import { searchError } from "./search-error.ts";

/**
 * Parses a filter in MLflow's grammar, extended by OR, NOT, brackets and BETWEEN; undefined if it is empty. NOT binds
 * tightest, then AND, then OR. Throws `INVALID_PARAMETER_VALUE` with MLflow's message and the position of the invalid
 * token.
 *
 * @example
 * ```ts
 * parseFilter("metrics.acc > 0.9 AND params.`learning rate` = '0.1'", "runs")?.kind; // "and"
 * ```
 */
export function parseFilter(source: string, entityName: SearchEntityName): Filter | undefined {
  if (source.trim() === "") return undefined;
  if (source.length > LIMITS.filterCharsMax) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `The filter must have at most ${LIMITS.filterCharsMax} characters, got ${source.length}`,
    );
  }
  const reader = new TokenReader(tokenize(source));
  const entity = SEARCH_ENTITIES[entityName];
  const parser: Parser = { reader, entity, comparisonCount: 0, searchedChars: 0 };
  const filter = parseOr(parser, 0);
  const rest = reader.peek();
  if (rest.kind !== "end") {
    throw searchError(`Invalid clause(s) in filter string: '${rest.raw}'`, rest, ["AND", "OR"]);
  }
  return filter;
}

type Parser = {
  readonly reader: TokenReader;
  readonly entity: SearchEntity;
  comparisonCount: number;
  searchedChars: number;
};

function parseOr(parser: Parser, depth: number): Filter {
  return parseJunction(parser, "or", () => parseAnd(parser, depth));
}

function parseAnd(parser: Parser, depth: number): Filter {
  return parseJunction(parser, "and", () => parseNot(parser, depth));
}

function parseJunction({ reader }: Parser, kind: "and" | "or", parseOperand: () => Filter): Filter {
  const first = parseOperand();
  const operands = [first];
  while (reader.takeKeyword(kind.toUpperCase())) operands.push(parseOperand());
  return operands.length === 1 ? first : { kind, operands };
}

function parseNot(parser: Parser, depth: number): Filter {
  const { reader } = parser;
  const token = reader.peek();
  if (depth > LIMITS.filterDepthMax) {
    throw searchError(
      `The filter must not be nested deeper than ${LIMITS.filterDepthMax} brackets and NOTs`,
      token,
    );
  }
  if (reader.takeKeyword("NOT")) return { kind: "not", operand: parseNot(parser, depth + 1) };
  if (!reader.takeSymbol("(")) return parseLeaf(parser);
  const inner = parseOr(parser, depth + 1);
  reader.expectSymbol(")", "Invalid clause(s) in filter string: expected AND, OR or the closing bracket");
  return inner;
}

function parseLeaf(parser: Parser): Filter {
  const token = parser.reader.peek();
  parser.comparisonCount++;
  if (parser.comparisonCount > LIMITS.filterComparisonsMax) {
    throw searchError(`The filter must have at most ${LIMITS.filterComparisonsMax} comparisons`, token);
  }
  if (isKeyword(token, "AND") || isKeyword(token, "OR")) {
    throw searchError(`Invalid clause(s) in filter string: '${token.raw}'`, token);
  }
  const comparison = parseComparison(parser.reader, parser.entity);
  if (comparison.kind === "pattern") countSearched(parser, comparison.pattern, token);
  return comparison;
}

/** The characters before the first `%` are compared once; those after it, at every position of the text. */
function countSearched(parser: Parser, pattern: string, token: Token): void {
  const wildcard = pattern.indexOf("%");
  if (wildcard !== -1) parser.searchedChars += pattern.length - wildcard - 1;
  if (parser.searchedChars <= LIMITS.likeSearchedCharsMax) return;
  throw searchError(
    `The patterns of a filter must have at most ${LIMITS.likeSearchedCharsMax} characters after the first %, got ${parser.searchedChars}`,
    token,
  );
}

/**
 * Parses the clauses of an `order_by`, such as `metrics.acc DESC`. Throws `INVALID_PARAMETER_VALUE` with MLflow's
 * message for a field that cannot be sorted by or is repeated.
 *
 * @example
 * ```ts
 * parseOrderBy(["metrics.acc DESC"], "runs"); // [{ field: { kind: "metric", key: "acc" }, isAscending: false }]
 * ```
 */
export function parseOrderBy(
  clauses: readonly string[],
  entityName: SearchEntityName,
): readonly SearchOrder[] {
  const orders = clauses.map((clause) => parseClause(clause, SEARCH_ENTITIES[entityName]));
  const seen = new Set(orders.map(({ field }) => `${field.kind}.${field.key}`));
  if (seen.size === orders.length && orders.length <= LIMITS.orderByClausesMax) return orders;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    seen.size < orders.length
      ? `\`order_by\` contains duplicate fields: [${clauses.map((clause) => `'${clause}'`).join(", ")}]`
      : `order_by must have at most ${LIMITS.orderByClausesMax} clauses, got ${orders.length}`,
  );
}

function parseClause(clause: string, entity: SearchEntity): SearchOrder {
  if (clause.length > LIMITS.filterCharsMax) throw unparsable(`${clause.slice(0, 60)}…`);
  const reader = new TokenReader(tokenize(clause));
  const name = reader.take();
  if (name.kind !== "name" && name.kind !== "quoted") throw unparsable(clause);
  const field = resolveField(name, entity, "order");
  if (!entity.orderKinds.includes(field.kind)) {
    throw new AppError(
      "INVALID_PARAMETER_VALUE",
      `Invalid order_by entity: ${field.kind}. Valid ones are: ${entity.orderKinds.join(", ")}, got '${clause}'`,
    );
  }
  const direction = reader.take();
  if (direction.kind !== "end" && reader.peek().kind !== "end") throw unparsable(clause);
  if (direction.kind === "end" || isKeyword(direction, "ASC")) return { field, isAscending: true };
  if (isKeyword(direction, "DESC")) return { field, isAscending: false };
  throw new AppError("INVALID_PARAMETER_VALUE", `Invalid ordering key in order_by clause '${clause}'.`);
}

function unparsable(clause: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `Invalid order_by clause '${clause}'. Could not be parsed.`);
}
