import { AppError } from "@flightdeck/core";
import { LIMITS } from "../limits.ts";
import type { Filter } from "./filter.ts";
import { type Token, tokenize } from "./lexer.ts";
import { parseComparison } from "./parse-comparison.ts";
import { SEARCH_ENTITIES, type SearchEntity, type SearchEntityName } from "./search-entity.ts";
import { searchError } from "./search-error.ts";
import { isKeyword, TokenReader } from "./token-reader.ts";

/**
 * Parses a filter in MLflow's grammar, with OR, NOT, brackets and BETWEEN besides; undefined when it is empty. NOT binds
 * closest, then AND, then OR. Throws `INVALID_PARAMETER_VALUE` in MLflow's words, pointing at the wrong word.
 *
 * @example
 * ```ts
 * parseFilter("metrics.acc > 0.9 AND params.`learning rate` = '0.1'", "runs");
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

/** What stands before the first `%` is compared at one place, what follows it at every place of the text. */
function countSearched(parser: Parser, pattern: string, token: Token): void {
  const wildcard = pattern.indexOf("%");
  if (wildcard !== -1) parser.searchedChars += pattern.length - wildcard - 1;
  if (parser.searchedChars <= LIMITS.likeSearchedCharsMax) return;
  throw searchError(
    `The patterns of a filter must have at most ${LIMITS.likeSearchedCharsMax} characters behind their first %, got ${parser.searchedChars}`,
    token,
  );
}
