import type { Comparison, Filter } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import type { Condition, TextTable } from "../search/condition.ts";

/*
 * MLflow keeps prompts among registered models, marked by a tag. A search sees only models unless it asks for prompts;
 * a model does not have the tag, so `!= 'true'` and `= 'false'` mean "no prompt".
 */

const PROMPT_TAG = "mlflow.prompt.is_prompt";

export function isPromptComparison({ field }: Comparison): boolean {
  return field.kind === "tag" && field.key === PROMPT_TAG;
}

/** The comparison of the tag as a condition. */
export function promptCondition(comparison: Comparison, isPrompt: Condition): Condition {
  return wantsPrompts(comparison) ? isPrompt : sql`NOT ${isPrompt}`;
}

/** Whether a row is a prompt. */
export function isPromptCondition({ table, owner }: TextTable, ownerId: RawBuilder<number>): Condition {
  return sql`EXISTS (SELECT 1 FROM ${sql.table(table)} WHERE ${sql.ref(`${table}.${owner}`)} = ${ownerId}
    AND key = ${PROMPT_TAG} AND value = 'true')`;
}

/** Whether the filter asks for prompts anywhere. */
export function asksForPrompts(filter: Filter | undefined): boolean {
  if (filter === undefined) return false;
  if (filter.kind === "not") return asksForPrompts(filter.operand);
  if (filter.kind === "and" || filter.kind === "or") return filter.operands.some(asksForPrompts);
  return isPromptComparison(filter) && wantsPrompts(filter);
}

function wantsPrompts(comparison: Comparison): boolean {
  if (comparison.kind !== "value") return false;
  const value = String(comparison.value).toLowerCase();
  return comparison.comparator === "=" ? value === "true" : value === "false";
}
