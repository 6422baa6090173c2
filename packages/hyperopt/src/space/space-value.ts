import type { HpChoice, HpNumber } from "./nodes.ts";

/**
 * The type of what `fn` gets for a space: numbers where `hp.uniform` and the like stand, the union of the options where
 * a choice stands, everything else as it is.
 *
 * @example
 * ```ts
 * const space = { depth: hp.uniformint("depth", 2, 9), kind: hp.choice("kind", ["gini", "entropy"]) };
 * type Value = SpaceValue<typeof space>; // { depth: number; kind: "gini" | "entropy" }
 * ```
 */
export type SpaceValue<TSpace> =
  TSpace extends HpChoice<infer TOptions>
    ? SpaceValue<TOptions[number]>
    : TSpace extends HpNumber
      ? number
      : TSpace extends Opaque
        ? TSpace
        : { -readonly [TKey in keyof TSpace]: SpaceValue<TSpace[TKey]> };

/** Values that hold no hyperparameters. */
type Opaque =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Date
  | Uint8Array
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ((...args: never) => unknown);
