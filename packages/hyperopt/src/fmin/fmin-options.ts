import { AppError, type Clock } from "@flightdeck/core";
import type { ExecutorFactory } from "../executor/executor.ts";
import type { Objective, ObjectiveModule } from "../executor/objective.ts";
import type { Assignment } from "../space/assignment.ts";
import type { SpaceValue } from "../space/space-value.ts";
import type { Algorithm } from "../suggest/algorithm.ts";
import type { Trial, TrialReport } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";
import type { Pruner } from "./pruners.ts";

/** The arguments of `fmin`, hyperopt's in camelCase. */
export type FminOptions<TSpace> = {
  /** The function to minimise; may be async. For executors outside this process, a `workerModule`. */
  readonly fn: Objective<SpaceValue<TSpace>> | ObjectiveModule<NoInfer<SpaceValue<TSpace>>>;
  /** Any nesting of objects and arrays that holds `hp` expressions. */
  readonly space: TSpace;
  /** Default `auto.suggest`. */
  readonly algo?: Algorithm | undefined;
  /** The number of trials in all, those that `trials` already shows included. */
  readonly maxEvals?: number | undefined;
  /** Seconds after which no new trial starts. What runs by then is waited for; see `trialTimeout`. */
  readonly timeout?: number | undefined;
  /** Seconds after which one trial is given up: its signal fires and it becomes ERROR with DEADLINE_EXCEEDED. */
  readonly trialTimeout?: number | undefined;
  /** Stop once the smallest loss is less than this. */
  readonly lossThreshold?: number | undefined;
  /** Where the history is kept, and what is known already. Default: a new `Trials`. */
  readonly trials?: Trials | undefined;
  /**
   * A file that each trial is appended to as it is proposed and as it ends. If it is there at the start, the search goes
   * on from it. Not together with `trials`.
   */
  readonly trialsSaveFile?: string | undefined;
  /**
   * The same seed, history and results give the same search. Default: the environment variable HYPEROPT_FMIN_SEED, or
   * else a random one.
   */
  readonly seed?: number | undefined;
  /** Called after each iteration; see `noProgressLoss`. */
  readonly earlyStopFn?: EarlyStopFn | undefined;
  /** Points to evaluate first, on top of `maxEvals`. Not together with `trials`: see `generateTrialsToCalculate`. */
  readonly pointsToEvaluate?: readonly Assignment[] | undefined;
  /** How many proposed trials may wait. Default 1. All but `rand.suggest` propose one at a time in any case. */
  readonly maxQueueLen?: number | undefined;
  /** How many trials run at once. Default 1 in this process, where more help when `fn` waits for something. */
  readonly parallelism?: number | undefined;
  /** Where trials run. Default: what `trials` says, which is this process. */
  readonly executor?: ExecutorFactory | undefined;
  /** Decides what `context.shouldPrune()` answers: `medianPruner`, `successiveHalvingPruner`, `hyperbandPruner`. */
  readonly pruner?: Pruner | undefined;
  /** Cancels: running trials become CANCEL, their own signals fire, and `fmin` rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Keep searching when `fn` throws. The trial becomes ERROR either way. Default false: the error is thrown on. */
  readonly catchEvalExceptions?: boolean | undefined;
  /** True, the default: resolve with the raw values of the best trial. False: with the best point of the space. */
  readonly returnArgmin?: boolean | undefined;
  /** A progress bar on standard error; plain lines where that is no terminal. Default: true on a terminal only. */
  readonly showProgressbar?: boolean | undefined;
  /** Called when a trial has ended as DONE, ERROR or CANCEL. */
  readonly onTrial?: ((trial: Trial, progress: FminProgress) => void) | undefined;
  /** Called with each value that `fn` reports. */
  readonly onReport?: ((report: TrialReport & { readonly trialId: number }) => void) | undefined;
  /** Called with each line that `fn` logs; without it they are dropped. */
  readonly onLog?: ((line: TrialLogLine) => void) | undefined;
  /** Where the time comes from. Default: the system's clock. */
  readonly clock?: Clock | undefined;
};

/** How far a search has come when a trial ends. */
export type FminProgress = {
  /** Trials that ended in this `fmin`, however they ended. */
  readonly finishedCount: number;
  readonly maxEvals: number | undefined;
  /** The smallest loss of all visible trials with status ok; undefined when there is none. */
  readonly bestLoss: number | undefined;
};

/** One line that an objective logged. */
export type TrialLogLine = { readonly trialId: number; readonly message: string };

/**
 * Decides after each iteration whether the search stops. It gets back, spread after the trials, the state that it
 * returned the time before; nothing the first time.
 */
export type EarlyStopFn = (
  trials: Trials,
  ...state: unknown[]
) => readonly [stop: boolean, state: readonly unknown[]];

/** Throws INVALID_PARAMETER_VALUE for arguments that hyperopt refuses, and for a search that nothing would ever end. */
export function checkFminOptions<TSpace>(options: FminOptions<TSpace>): void {
  const { fn, maxEvals, lossThreshold, trials, executor } = options;
  const isModule = typeof fn === "object" && fn !== null && typeof fn.module === "string";
  if (typeof fn !== "function" && !isModule) throw invalid("fn", "a function or a workerModule", fn);
  if (maxEvals !== undefined && maxEvals !== Number.POSITIVE_INFINITY) checkCount("maxEvals", maxEvals, 0);
  checkSeconds("timeout", options.timeout);
  checkSeconds("trialTimeout", options.trialTimeout);
  if (lossThreshold !== undefined && (typeof lossThreshold !== "number" || Number.isNaN(lossThreshold))) {
    throw invalid("lossThreshold", "a number", lossThreshold);
  }
  if (options.seed !== undefined) checkCount("seed", options.seed, 0);
  if (options.maxQueueLen !== undefined) checkCount("maxQueueLen", options.maxQueueLen, 1);
  if (options.parallelism !== undefined) checkCount("parallelism", options.parallelism, 1);
  if (executor !== undefined && typeof executor !== "function")
    throw invalid("executor", "a factory", executor);
  if (trials !== undefined) checkAbsentBesideTrials(options);
  checkThatItEnds(options);
}

function checkAbsentBesideTrials<TSpace>({ pointsToEvaluate, trialsSaveFile }: FminOptions<TSpace>): void {
  if (pointsToEvaluate !== undefined) {
    const remedy = "pass generateTrialsToCalculate(points) as trials";
    throw invalid("pointsToEvaluate", `absent when trials are given (${remedy})`, "both");
  }
  if (trialsSaveFile !== undefined) throw invalid("trialsSaveFile", "absent when trials are given", "both");
}

function checkThatItEnds<TSpace>(options: FminOptions<TSpace>): void {
  const { maxEvals, timeout, lossThreshold, earlyStopFn, signal } = options;
  const ends = [maxEvals, timeout, lossThreshold, earlyStopFn, signal];
  if (ends.some((end) => end !== undefined)) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    "one of maxEvals, timeout, lossThreshold, earlyStopFn and signal must be given, or the search would never end",
  );
}

function checkSeconds(name: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0)) throw invalid(name, "seconds greater than 0", value);
}

function checkCount(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw invalid(name, `an integer of at least ${min}`, value);
}

function invalid(name: string, allowed: string, got: unknown): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", `${name} must be ${allowed}, got ${String(got)}`);
}
