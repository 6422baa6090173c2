import { hyperoptError } from "../hyperopt-error.ts";
import { isContainer, isHpChoice, isHpNode, type HpNode } from "./nodes.ts";
import type { Prior } from "./prior.ts";

/** One hyperparameter of a compiled space. */
export type Parameter = {
  readonly label: string;
  readonly prior: Prior;
  /** For a choice, the parameters that each option activates. Empty for numbers. */
  readonly branches: readonly (readonly Parameter[])[];
};

/** A compiled space, as search algorithms see it. */
export type Domain<TSpace = unknown> = {
  readonly space: TSpace;
  /** The parameters that are always active. */
  readonly roots: readonly Parameter[];
  /** Every parameter once, a choice before the parameters that depend on it. */
  readonly parameters: readonly Parameter[];
};

/**
 * Finds the hyperparameters of a space. The same node may occur in several places. Throws `DuplicateLabel` for two nodes with
 * one label and `BadSearchSpace` for a space that contains itself.
 */
export function compileSpace<TSpace>(space: TSpace): Domain<TSpace> {
  const compilation: Compilation = { nodes: new Map(), compiled: new Map(), ancestors: new Set() };
  const roots = parametersOf(space, compilation);
  return { space, roots, parameters: [...flatten(roots).values()] };
}

type Compilation = {
  readonly nodes: Map<string, HpNode>;
  readonly compiled: Map<HpNode, Parameter>;
  readonly ancestors: Set<unknown>;
};

function parametersOf(value: unknown, compilation: Compilation): Parameter[] {
  if (isHpNode(value)) return [compileNode(value, compilation)];
  if (!isContainer(value)) return [];
  if (compilation.ancestors.has(value)) throw hyperoptError("BadSearchSpace", "the space contains itself");
  compilation.ancestors.add(value);
  const parameters = Object.values(value).flatMap((item: unknown) => parametersOf(item, compilation));
  compilation.ancestors.delete(value);
  return parameters;
}

function compileNode(node: HpNode, compilation: Compilation): Parameter {
  const known = compilation.compiled.get(node);
  if (known !== undefined) return known;
  if (compilation.nodes.has(node.label)) {
    throw hyperoptError("DuplicateLabel", `label "${node.label}" belongs to two hyperparameters`);
  }
  compilation.nodes.set(node.label, node);
  const options = isHpChoice(node) ? node.options : [];
  const branches = options.map((option) => parametersOf(option, compilation));
  const parameter = { label: node.label, prior: node.prior, branches };
  compilation.compiled.set(node, parameter);
  return parameter;
}

function flatten(
  parameters: readonly Parameter[],
  found = new Map<string, Parameter>(),
): Map<string, Parameter> {
  for (const parameter of parameters) {
    if (found.has(parameter.label)) continue;
    found.set(parameter.label, parameter);
    for (const branch of parameter.branches) flatten(branch, found);
  }
  return found;
}
