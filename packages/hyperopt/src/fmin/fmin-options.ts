import { AppError, type Clock } from "@flightdeck/core";
import type { ExecutorFactory } from "../executor/executor.ts";
import type { Objective, ObjectiveModule } from "../executor/objective.ts";
import type { Assignment } from "../space/assignment.ts";
import type { SpaceValue } from "../space/space-value.ts";
import type { Algorithm } from "../suggest/algorithm.ts";
import type { TrackOptions } from "../track/track-options.ts";
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
  /** The total number of trials, including those already visible in `trials`. */
  readonly maxEvals?: number | undefined;
  /** Seconds after which no new trial starts. Running trials are awaited or cancelled: see `Executor.cancelsOnStop`. */
  readonly timeout?: number | undefined;
  /** Seconds after which a single trial is aborted and becomes ERROR with DEADLINE_EXCEEDED. */
  readonly trialTimeout?: number | undefined;
  /** Stop once the smallest loss is less than this. */
  readonly lossThreshold?: number | undefined;
  /** Holds the history, including earlier trials. Default: a new `Trials`. */
  readonly trials?: Trials | undefined;
  /**
   * A file to which each trial is appended when it is proposed and when it ends. If the file exists at the start, the search
   * resumes from it. Cannot be combined with `trials`.
   */
  readonly trialsSaveFile?: string | undefined;
  /**
   * Tracks the search as a run on the server, with a child run for each trial. If the run exists at the start, the search
   * resumes from it, on whatever machine it ran before. Cannot be combined with `trials` or `trialsSaveFile`.
   */
  readonly track?: TrackOptions<NoInfer<SpaceValue<TSpace>>> | undefined;
  /**
   * The same seed, history and results give the same search. Default: the environment variable HYPEROPT_FMIN_SEED, or
   * a random seed.
   */
  readonly seed?: number | undefined;
  /** Called after each iteration; see `noProgressLoss`. */
  readonly earlyStopFn?: EarlyStopFn | undefined;
  /** Points to evaluate first, on top of `maxEvals`. With `trials`, use `generateTrialsToCalculate` instead. */
  readonly pointsToEvaluate?: readonly Assignment[] | undefined;
  /** How many proposed trials may wait. Default 1. All algorithms except `rand.suggest` propose one at a time anyway. */
  readonly maxQueueLen?: number | undefined;
  /** How many trials run at once. Default 1 in this process, where a larger number helps only if `fn` waits for something. */
  readonly parallelism?: number | undefined;
  /** Where trials run. Default: the executor of `trials` if it has one, otherwise this process. */
  readonly executor?: ExecutorFactory | undefined;
  /** Decides what `context.shouldPrune()` returns: `medianPruner`, `successiveHalvingPruner` or `hyperbandPruner`. */
  readonly pruner?: Pruner | undefined;
  /** Cancels the search: running trials become CANCEL, their signals are aborted, and `fmin` rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Keep searching when `fn` throws. The trial becomes ERROR either way. Default false: `fmin` rejects with the error. */
  readonly catchEvalExceptions?: boolean | undefined;
  /** True (default): resolve with the raw values of the best trial. False: with the best point of the space. */
  readonly returnArgmin?: boolean | undefined;
  /** Show a progress bar on standard error, or plain lines if that is not a terminal. Default: only on a terminal. */
  readonly showProgressbar?: boolean | undefined;
  /** Called when a trial has ended as DONE, ERROR or CANCEL. */
  readonly onTrial?: ((trial: Trial, progress: FminProgress) => void) | undefined;
  /** Called with each value that `fn` reports. */
  readonly onReport?: ((report: TrialReport & { readonly trialId: number }) => void) | undefined;
  /** Called with each line that `fn` logs or that its worker writes to standard output or error. Default: lines are dropped. */
  readonly onLog?: ((line: TrialLogLine) => void) | undefined;
  /** Default: the system clock. */
  readonly clock?: Clock | undefined;
};

/** Progress of a search when a trial ends. */
export type FminProgress = {
  /** Trials that ended in this call of `fmin`, in whatever state. */
  readonly finishedCount: number;
  readonly maxEvals: number | undefined;
  /** The smallest loss of all visible trials with status ok, or undefined. */
  readonly bestLoss: number | undefined;
};

/** One line that an objective logged. */
export type TrialLogLine = {
  readonly trialId: number;
  readonly message: string;
  /** The stream that a worker wrote the line to. Absent for lines logged with `context.log`. */
  readonly stream?: "stdout" | "stderr" | undefined;
};

/**
 * Decides after each iteration whether the search stops. Receives the state that it returned the time before, spread after the
 * trials; none the first time.
 */
export type EarlyStopFn = (
  trials: Trials,
  ...state: unknown[]
) => readonly [stop: boolean, state: readonly unknown[]];

/** Throws INVALID_PARAMETER_VALUE for arguments that hyperopt refuses, and for a search that would never end. */
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
  if (options.track !== undefined) checkTrack(options);
  checkThatItEnds(options);
}

function checkAbsentBesideTrials<TSpace>({ pointsToEvaluate, trialsSaveFile }: FminOptions<TSpace>): void {
  if (pointsToEvaluate !== undefined) {
    const remedy = "pass generateTrialsToCalculate(points) as trials";
    throw invalid("pointsToEvaluate", `absent when trials are given (${remedy})`, "both");
  }
  if (trialsSaveFile !== undefined) throw invalid("trialsSaveFile", "absent when trials are given", "both");
}

function checkTrack<TSpace>({ track, trials, trialsSaveFile }: FminOptions<TSpace>): void {
  const given = [track?.runId, track?.experiment, track?.runName].map(
    (name) => typeof name === "string" && name !== "",
  );
  const [byId, byExperiment, byName] = given;
  if (byId ? byExperiment || byName : !(byExperiment && byName)) {
    throw invalid(
      "track",
      "{ experiment, runName } or { runId }",
      JSON.stringify({ ...track, client: undefined }),
    );
  }
  if (trials !== undefined || trialsSaveFile !== undefined) {
    throw invalid("track", "absent when trials or trialsSaveFile are given", "both");
  }
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
