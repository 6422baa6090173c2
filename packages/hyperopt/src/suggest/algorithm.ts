import type { Domain } from "../space/domain.ts";
import type { Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";

/**
 * A search algorithm: proposes new trials for the given ids, of which it may use fewer. Returning none ends the search.
 * All its randomness comes from `seed`, so that the same history and seed give the same proposal.
 */
export type Algorithm = (
  newIds: readonly number[],
  domain: Domain,
  trials: Trials,
  seed: number,
) => readonly Trial[] | Promise<readonly Trial[]>;

/** An algorithm with other settings to be had from `with`; settings left out keep their defaults. */
export type ConfigurableAlgorithm<TOptions> = Algorithm & {
  readonly with: (options: TOptions) => Algorithm;
};

/** Makes an algorithm with its default settings that others can be had from. */
export function configurable<TOptions extends object>(
  create: (options: Partial<TOptions>) => Algorithm,
): ConfigurableAlgorithm<Partial<TOptions>> {
  return Object.assign(create({}), { with: create });
}
