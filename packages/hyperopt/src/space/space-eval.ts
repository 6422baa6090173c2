import { optionAt, valueOfLabel, type Assignment } from "./assignment.ts";
import { isContainer, isHpChoice, isHpNode, type HpNode } from "./nodes.ts";
import type { SpaceValue } from "./space-value.ts";

/**
 * Evaluates a space at an assignment: replaces numeric hyperparameters by numbers and choices by the chosen option. Ignores
 * inactive labels. Throws INVALID_PARAMETER_VALUE when an active label is missing.
 *
 * @example
 * ```ts
 * const space = { kind: hp.choice("kind", ["gini", "entropy"]), depth: hp.uniformint("depth", 2, 9) };
 * spaceEval(space, { kind: 1, depth: 4 }); // { kind: "entropy", depth: 4 }
 * ```
 */
export function spaceEval<TSpace>(space: TSpace, assignment: Assignment): SpaceValue<TSpace> {
  // SpaceValue is evaluate at the type level: both replace nodes and keep everything else.
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
