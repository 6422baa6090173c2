import { AppError, Random, systemClock } from "@flightdeck/core";
import { activeAssignment, type Assignment } from "../space/assignment.ts";
import { compileSpace, type Domain } from "../space/domain.ts";
import { spaceEval } from "../space/space-eval.ts";
import type { SpaceValue } from "../space/space-value.ts";
import { suggest as tpeSuggest } from "../suggest/tpe.ts";
import type { Trials } from "../trials/trials.ts";
import { checkFminOptions } from "./check-fmin-options.ts";
import type { FminOptions } from "./fmin-options.ts";
import { FminIter } from "./fmin-iter.ts";
import { generateTrialsToCalculate } from "./generate-trials-to-calculate.ts";

/** hyperopt's fallback for a seed that is not given. */
const SEED_VARIABLE = "HYPEROPT_FMIN_SEED";

/**
 * Minimises a function over a search space, with hyperopt's rules.
 *
 * `maxEvals` counts all visible trials, so that calling again with the same `trials` and a larger number goes on. Time,
 * loss threshold and early stop are looked at between iterations. What `fn` throws makes its trial an ERROR and is
 * thrown on, unless `catchEvalExceptions` is set. `trials` keeps what was learnt in every case.
 *
 * Throws INVALID_PARAMETER_VALUE for bad arguments and bad results (`DuplicateLabel`, `InvalidLoss`,
 * `InvalidResultStatus`), INVALID_STATE when no trial ended with status ok (`AllTrialsFailed`), CANCELLED when `signal`
 * fired.
 *
 * @example
 * ```ts
 * const best = await fmin({
 *   fn: ({ x, kind }) => (kind === "narrow" ? x ** 2 : Math.abs(x) + 1),
 *   space: { x: hp.uniform("x", -5, 5), kind: hp.choice("kind", ["narrow", "wide"]) },
 *   algo: tpe.suggest,
 *   maxEvals: 60,
 *   seed: 7,
 * });
 * // best.kind is 0, the index of "narrow"; best.x is close to 0.
 * ```
 */
export function fmin<TSpace>(
  options: FminOptions<TSpace> & { readonly returnArgmin: false },
): Promise<SpaceValue<TSpace>>;
export function fmin<TSpace>(
  options: FminOptions<TSpace> & { readonly returnArgmin?: true },
): Promise<Assignment>;
export async function fmin<TSpace>(options: FminOptions<TSpace>): Promise<Assignment | SpaceValue<TSpace>> {
  checkFminOptions(options);
  const domain = compileSpace(options.space);
  const trials = trialsOf(options, domain);
  const executor = trials.createExecutor({ fn: options.fn, parallelism: options.parallelism });
  const iter = new FminIter({
    ...options,
    algo: options.algo ?? tpeSuggest,
    clock: options.clock ?? systemClock,
    random: new Random(seedOf(options)),
    domain,
    trials,
    executor,
  });
  await iter.exhaust();
  const { argmin } = trials;
  return options.returnArgmin === false ? spaceEval(options.space, argmin) : argmin;
}

function trialsOf<TSpace>(options: FminOptions<TSpace>, domain: Domain): Trials {
  if (options.trials !== undefined) return options.trials;
  const points = options.pointsToEvaluate ?? [];
  return generateTrialsToCalculate(points.map((point) => activeAssignment(domain, point)));
}

function seedOf<TSpace>({ seed }: FminOptions<TSpace>): number {
  if (seed !== undefined) return seed;
  const fromEnvironment = globalThis.process?.env[SEED_VARIABLE];
  if (fromEnvironment === undefined || fromEnvironment === "") return Math.floor(Math.random() * 2 ** 32);
  const parsed = Number(fromEnvironment);
  if (Number.isSafeInteger(parsed) && parsed >= 0) return parsed;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `${SEED_VARIABLE} must be an integer of at least 0, got ${fromEnvironment}`,
  );
}
