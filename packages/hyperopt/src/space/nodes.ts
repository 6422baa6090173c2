import type { Prior } from "./prior.ts";

const HP: unique symbol = Symbol("hp");

/** A hyperparameter whose value is a number. Made by `hp.uniform` and the like. */
export type HpNumber = {
  readonly [HP]: "number";
  readonly label: string;
  readonly prior: Prior;
};

/** A hyperparameter that picks one of `options`, which may be spaces themselves. Made by `hp.choice` and `hp.pchoice`. */
export type HpChoice<TOptions extends readonly unknown[]> = {
  readonly [HP]: "choice";
  readonly label: string;
  readonly prior: Prior;
  readonly options: TOptions;
};

export type HpNode = HpNumber | HpChoice<readonly unknown[]>;

export function hpNumber(label: string, prior: Prior): HpNumber {
  return Object.freeze({ [HP]: "number" as const, label, prior });
}

export function hpChoice<const TOptions extends readonly unknown[]>(
  label: string,
  prior: Prior,
  options: TOptions,
): HpChoice<TOptions> {
  return Object.freeze({ [HP]: "choice" as const, label, prior, options });
}

export function isHpNode(value: unknown): value is HpNode {
  return typeof value === "object" && value !== null && HP in value;
}

export function isHpChoice(node: HpNode): node is HpChoice<readonly unknown[]> {
  return node[HP] === "choice";
}

/** Whether to look for hyperparameters inside a value: true for arrays and plain objects, false for class instances. */
export function isContainer(value: unknown): value is Readonly<Record<string, unknown>> | readonly unknown[] {
  if (Array.isArray(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
