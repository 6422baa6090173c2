import { AppError, isAppError, systemClock, type Clock } from "@flightdeck/core";
import { type Executor, type ExecutorOptions, hasExecutor, inProcessExecutor } from "../executor/executor.ts";
import { activeAssignment, type Assignment } from "../space/assignment.ts";
import { compileSpace, type Domain } from "../space/domain.ts";
import { spaceEval } from "../space/space-eval.ts";
import type { SpaceValue } from "../space/space-value.ts";
import type { Algorithm } from "../suggest/algorithm.ts";
import { suggest as anneal } from "../suggest/anneal.ts";
import { suggest as autoSuggest } from "../suggest/auto.ts";
import { suggest as gp } from "../suggest/gp.ts";
import { suggest as rand } from "../suggest/rand.ts";
import { suggest as tpe } from "../suggest/tpe.ts";
import type { TrackedSearch } from "../track/tracked-search.ts";
import type { SearchRecord } from "../trials/search-record.ts";
import type { Trial } from "../trials/trial.ts";
import { generateTrialsToCalculate, Trials } from "../trials/trials.ts";
import { checkFminOptions, type FminOptions, type FminProgress } from "./fmin-options.ts";
import { FminIter } from "./fmin-iter.ts";
import { progressBar } from "./progress-bar.ts";
import { openTrialsFile } from "./trials-file.ts";

/** hyperopt's variable for the seed if none is given. */
const SEED_VARIABLE = "HYPEROPT_FMIN_SEED";

/**
 * Minimises a function over a search space, with hyperopt's rules.
 *
 * `maxEvals` counts all visible trials, so calling `fmin` again with the same `trials` and a larger number resumes the search.
 * Timeout, loss threshold and early stop are checked between iterations. When `fn` throws, its trial becomes ERROR and, unless
 * `catchEvalExceptions` is set, the search ends with an error that names the trial and has the thrown value as its cause.
 * `trials` keeps the history in every case.
 *
 * Throws INVALID_PARAMETER_VALUE for invalid arguments and results (`DuplicateLabel`, `InvalidLoss`, `InvalidResultStatus`),
 * INVALID_STATE when no trial ended with status ok (`AllTrialsFailed`), CANCELLED when `signal` is aborted.
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
  const history = await openHistory(options, domain);
  const { tracked } = history;
  try {
    await search(options, domain, history);
  } catch (error) {
    // Saves the history. If that fails too, the search's error is the one to report.
    await tracked
      ?.finish(isAppError(error, "CANCELLED") ? "KILLED" : "FAILED")
      .catch((late: unknown) => process.emitWarning(String(late)));
    throw tracked?.signal.aborted === true ? tracked.signal.reason : error;
  }
  await tracked?.finish("FINISHED");
  const { argmin } = history.trials;
  return options.returnArgmin === false ? spaceEval(options.space, argmin) : argmin;
}

async function search<TSpace>(
  options: FminOptions<TSpace>,
  domain: Domain<TSpace>,
  { trials, record, tracked, seed, maxEvals }: History,
): Promise<void> {
  const clock = options.clock ?? systemClock;
  const signal = anySignal(options.signal, tracked?.signal);
  const executor = await openExecutor({ ...options, signal }, trials);
  const progress = progressOf(options, clock);
  const iter = new FminIter({
    ...options,
    ...(tracked === undefined ? {} : hooksOf(options, tracked)),
    maxEvals,
    signal,
    algo: options.algo ?? autoSuggest,
    onTrial: progress.onTrial,
    clock,
    seed,
    domain,
    trials,
    executor,
    record,
    runIdOf: tracked && ((trialId) => tracked.runIdOf(trialId)),
  });
  try {
    await iter.exhaust();
  } finally {
    progress.end();
  }
}

type Hooks<TSpace> = Pick<FminOptions<TSpace>, "onReport" | "onLog">;

function hooksOf<TSpace>({ onReport, onLog }: FminOptions<TSpace>, tracked: TrackedSearch): Hooks<TSpace> {
  return {
    onReport: (report) => {
      tracked.report(report.trialId, report.value, report.step);
      onReport?.(report);
    },
    onLog: (line) => {
      tracked.log(line.trialId, line.message);
      onLog?.(line);
    },
  };
}

function anySignal(a: AbortSignal | undefined, b: AbortSignal | undefined): AbortSignal | undefined {
  return a !== undefined && b !== undefined ? AbortSignal.any([a, b]) : (a ?? b);
}

function openExecutor<TSpace>(
  { fn, parallelism, signal, executor }: FminOptions<TSpace>,
  trials: Trials,
): Executor<SpaceValue<TSpace>> | Promise<Executor<SpaceValue<TSpace>>> {
  const options: ExecutorOptions<SpaceValue<TSpace>> = { fn, parallelism, signal };
  if (executor !== undefined) return executor(options);
  return hasExecutor(trials) ? trials.createExecutor(options) : inProcessExecutor(options);
}

/** The trials known at the start, and where new ones are recorded. */
type History = {
  readonly trials: Trials;
  readonly record: SearchRecord | undefined;
  readonly tracked?: TrackedSearch | undefined;
  readonly seed: number;
  readonly maxEvals: number | undefined;
};

async function openHistory<TSpace>(options: FminOptions<TSpace>, domain: Domain<TSpace>): Promise<History> {
  const { maxEvals } = options;
  if (options.trials !== undefined) {
    return { trials: options.trials, record: undefined, seed: seedOf(options), maxEvals };
  }
  const points = (options.pointsToEvaluate ?? []).map((point) => activeAssignment(domain, point));
  if (options.track !== undefined) {
    // Loads the client only for tracked searches.
    const { openTrackedSearch } = await import("../track/tracked-search.ts");
    const tracked = await openTrackedSearch({
      track: options.track,
      domain,
      algorithm: nameOf(options.algo ?? autoSuggest),
      seed: options.seed ?? seedFromEnvironment(),
      points,
      needsReports: options.pruner !== undefined,
    });
    // The points are already visible trials, and come on top of maxEvals.
    const max = maxEvals === undefined ? undefined : maxEvals + points.length;
    return { trials: tracked.trials, record: tracked, tracked, seed: tracked.seed, maxEvals: max };
  }
  const create = (): Trials => generateTrialsToCalculate(points);
  const seed = seedOf(options);
  if (options.trialsSaveFile === undefined) return { trials: create(), record: undefined, seed, maxEvals };
  return { ...openTrialsFile(options.trialsSaveFile, create), seed, maxEvals };
}

declare module "../trials/trials.ts" {
  interface Trials {
    /** `fmin` with these trials. */
    fmin<TSpace>(options: Omit<FminOptions<TSpace>, "trials" | "returnArgmin">): Promise<Assignment>;
  }
}

// Added here because `trials` must not import `fmin`.
Trials.prototype.fmin = function <TSpace>(
  this: Trials,
  options: Omit<FminOptions<TSpace>, "trials" | "returnArgmin">,
) {
  return fmin<TSpace>({ ...options, trials: this });
};

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
  return seed ?? seedFromEnvironment() ?? Math.floor(Math.random() * 2 ** 32);
}

function seedFromEnvironment(): number | undefined {
  const text = globalThis.process?.env[SEED_VARIABLE];
  if (text === undefined || text === "") return undefined;
  const parsed = Number(text);
  if (Number.isSafeInteger(parsed) && parsed >= 0) return parsed;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `${SEED_VARIABLE} must be an integer of at least 0, got ${text}`,
  );
}

const ALGORITHM_NAMES: ReadonlyMap<Algorithm, string> = new Map([
  [autoSuggest, "auto"],
  [anneal, "anneal"],
  [gp, "gp"],
  [rand, "rand"],
  [tpe, "tpe"],
]);

/** A display name. Algorithms with custom settings and custom algorithms have no better name. */
function nameOf(algo: Algorithm): string {
  return ALGORITHM_NAMES.get(algo) ?? (algo.name || "custom");
}
