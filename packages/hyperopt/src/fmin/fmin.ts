import { AppError, systemClock, type Clock } from "@flightdeck/core";
import { activeAssignment, type Assignment } from "../space/assignment.ts";
import { compileSpace, type Domain } from "../space/domain.ts";
import { spaceEval } from "../space/space-eval.ts";
import type { SpaceValue } from "../space/space-value.ts";
import { suggest as autoSuggest } from "../suggest/auto.ts";
import type { Trial } from "../trials/trial.ts";
import { generateTrialsToCalculate, type Trials } from "../trials/trials.ts";
import { checkFminOptions, type FminOptions, type FminProgress } from "./fmin-options.ts";
import { FminIter } from "./fmin-iter.ts";
import { progressBar } from "./progress-bar.ts";
import { openTrialsFile, type TrialsFile } from "./trials-file.ts";

/** hyperopt's fallback for a seed that is not given. */
const SEED_VARIABLE = "HYPEROPT_FMIN_SEED";

/**
 * Minimises a function over a search space, with hyperopt's rules.
 *
 * `maxEvals` counts all visible trials, so that calling again with the same `trials` and a larger number goes on. Time,
 * loss threshold and early stop are looked at between iterations. What `fn` throws makes its trial an ERROR and ends
 * the search, unless `catchEvalExceptions` is set, with an error that names the trial and has what was thrown as its
 * cause. `trials` keeps what was learnt in every case.
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
  options: FminOptions<TSpace> & { readonly returnArgmin?: true | undefined },
): Promise<Assignment>;
export async function fmin<TSpace>(options: FminOptions<TSpace>): Promise<Assignment | SpaceValue<TSpace>> {
  checkFminOptions(options);
  const domain = compileSpace(options.space);
  const seed = seedOf(options);
  const clock = options.clock ?? systemClock;
  const { trials, file } = openTrials(options, domain);
  const { fn, parallelism } = options;
  const executor = options.executor?.({ fn, parallelism }) ?? trials.createExecutor({ fn, parallelism });
  const progress = progressOf(options, clock);
  const iter = new FminIter({
    ...options,
    algo: options.algo ?? autoSuggest,
    onTrial: progress.onTrial,
    clock,
    seed,
    domain,
    trials,
    executor,
    file,
  });
  try {
    await iter.exhaust();
  } finally {
    progress.end();
  }
  const { argmin } = trials;
  return options.returnArgmin === false ? spaceEval(options.space, argmin) : argmin;
}

type OpenTrials = { readonly trials: Trials; readonly file: TrialsFile | undefined };

function openTrials<TSpace>(options: FminOptions<TSpace>, domain: Domain): OpenTrials {
  if (options.trials !== undefined) return { trials: options.trials, file: undefined };
  const points = options.pointsToEvaluate ?? [];
  const create = (): Trials =>
    generateTrialsToCalculate(points.map((point) => activeAssignment(domain, point)));
  if (options.trialsSaveFile === undefined) return { trials: create(), file: undefined };
  const file = openTrialsFile(options.trialsSaveFile, create);
  return { trials: file.trials, file };
}

type Progress = {
  readonly onTrial: (trial: Trial, progress: FminProgress) => void;
  readonly end: () => void;
};

function progressOf<TSpace>({ showProgressbar, onTrial }: FminOptions<TSpace>, clock: Clock): Progress {
  const stream = globalThis.process?.stderr;
  const bar = (showProgressbar ?? stream?.isTTY) && stream ? progressBar(stream, clock) : undefined;
  return {
    onTrial: (trial, progress) => {
      bar?.show(trial, progress);
      onTrial?.(trial, progress);
    },
    end: () => bar?.end(),
  };
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
