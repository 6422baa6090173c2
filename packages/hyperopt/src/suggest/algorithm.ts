import { AppError, Random } from "@flightdeck/core";
import type { Assignment } from "../space/assignment.ts";
import type { Domain } from "../space/domain.ts";
import { newTrial, type Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";

/**
 * A search algorithm: proposes new trials for the given ids, of which it may use only some. Returning no trials ends the search.
 * All randomness must come from `seed`, so that the same history and seed give the same proposal.
 */
export type Algorithm = (
  newIds: readonly number[],
  domain: Domain,
  trials: Trials,
  seed: number,
) => readonly Trial[] | Promise<readonly Trial[]>;

/** An algorithm whose settings can be changed with `with`. Settings left out keep their defaults. */
export type ConfigurableAlgorithm<TOptions> = Algorithm & {
  readonly with: (options: TOptions) => Algorithm;
};

/** Creates an algorithm with default settings and a `with` to change them. */
export function configurable<TOptions extends object>(
  create: (options: Partial<TOptions>) => Algorithm,
): ConfigurableAlgorithm<Partial<TOptions>> {
  return Object.assign(create({}), { with: create });
}

/** hyperopt draws the seeds for its algorithms from [0, 2^31 − 1). */
const SEED_BOUND = 2 ** 31 - 1;

/**
 * The seed for the proposal of one trial. Depends only on the search's seed and the trial's id, so that a resumed search uses the
 * same random numbers as an uninterrupted one.
 */
export function seedForTrial(searchSeed: number, tid: number): number {
  const high = Math.floor(searchSeed / 2 ** 32);
  // The odd multipliers move adjacent seeds and ids far apart; Random mixes the bits.
  return new Random(searchSeed ^ Math.imul(high, 0x85ebca6b) ^ Math.imul(tid + 1, 0x9e3779b1)).nextInt(
    SEED_BOUND,
  );
}

/** The search that a proposal belongs to. */
export type SearchScope = { readonly domain: Domain; readonly trials: Trials };

const labelsOfDomains = new WeakMap<Domain, readonly string[]>();

/** Creates a trial for the given history and space. */
export function newTrialFor(tid: number, assignment: Assignment, { domain, trials }: SearchScope): Trial {
  const labels = labelsOfDomains.get(domain) ?? domain.parameters.map(({ label }) => label);
  labelsOfDomains.set(domain, labels);
  return newTrial({ tid, assignment, labels, expKey: trials.expKey });
}

/** Caches one value per search, until its trials or its space are garbage collected. */
export function perSearch<T>(create: (scope: SearchScope) => T): (scope: SearchScope) => T {
  const known = new WeakMap<Trials, WeakMap<Domain, { readonly value: T }>>();
  return (scope) => {
    const byDomain = known.get(scope.trials) ?? new WeakMap<Domain, { readonly value: T }>();
    known.set(scope.trials, byDomain);
    const entry = byDomain.get(scope.domain) ?? { value: create(scope) };
    byDomain.set(scope.domain, entry);
    return entry.value;
  };
}

/** Throws INVALID_PARAMETER_VALUE unless a setting is a finite number greater than 0. */
export function checkPositiveOption(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `${name} must be greater than 0, got ${value}`);
}

/** Throws INVALID_PARAMETER_VALUE unless a setting is a finite number of at least `min`. */
export function checkMinimumOption(name: string, value: number, min: number): void {
  if (Number.isFinite(value) && value >= min) return;
  throw new AppError("INVALID_PARAMETER_VALUE", `${name} must be at least ${min}, got ${value}`);
}

/** Throws INVALID_PARAMETER_VALUE unless a setting is an integer of at least `min`. */
export function checkIntegerOption(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `${name} must be an integer of at least ${min}, got ${value}`,
  );
}
