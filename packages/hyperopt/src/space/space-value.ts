import type { HpChoice, HpNumber } from "./nodes.ts";

/**
 * The type of the value that `fn` receives for a space: `hp.uniform` and the like become numbers, a choice becomes the union of
 * its options, everything else is unchanged.
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
