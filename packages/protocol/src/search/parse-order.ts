import { AppError } from "@flightdeck/core";
import { LIMITS } from "../limits.ts";
import type { SearchOrder } from "./filter.ts";
import { tokenize } from "./lexer.ts";
import { resolveField } from "./resolve-field.ts";
import { SEARCH_ENTITIES, type SearchEntity, type SearchEntityName } from "./search-entity.ts";
import { isKeyword, TokenReader } from "./token-reader.ts";

/**
 * Parses the clauses of an `order_by`, such as `metrics.acc DESC`. Throws `INVALID_PARAMETER_VALUE` in MLflow's words for
 * what cannot be ordered by, and for a field that comes twice.
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
