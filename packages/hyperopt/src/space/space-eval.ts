import { optionAt, valueOfLabel, type Assignment } from "./assignment.ts";
import { isContainer, isHpChoice, isHpNode, type HpNode } from "./nodes.ts";
import type { SpaceValue } from "./space-value.ts";

/**
 * The point of a space that an assignment stands for: numbers in place of numeric hyperparameters, the chosen option in
 * place of a choice. Labels that are not active are ignored; a missing active label throws INVALID_PARAMETER_VALUE.
 *
 * @example
 * ```ts
 * const space = { kind: hp.choice("kind", ["gini", "entropy"]), depth: hp.uniformint("depth", 2, 9) };
 * spaceEval(space, { kind: 1, depth: 4 }); // { kind: "entropy", depth: 4 }
 * ```
 */
export function spaceEval<TSpace>(space: TSpace, assignment: Assignment): SpaceValue<TSpace> {
  // SpaceValue is the type-level twin of evaluate: both replace nodes and keep all else.
  return evaluate(space, assignment) as SpaceValue<TSpace>;
}

function evaluate(value: unknown, assignment: Assignment): unknown {
  if (isHpNode(value)) return evaluateNode(value, assignment);
  if (Array.isArray(value)) return value.map((item: unknown) => evaluate(item, assignment));
  if (!isContainer(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, evaluate(item, assignment)]);
  return Object.fromEntries(entries);
}

function evaluateNode(node: HpNode, assignment: Assignment): unknown {
  const value = valueOfLabel(assignment, node.label);
  if (!isHpChoice(node)) return value;
  return evaluate(optionAt(node.options, node.label, value), assignment);
}
