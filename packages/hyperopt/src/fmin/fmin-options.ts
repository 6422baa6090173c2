import type { Clock } from "@flightdeck/core";
import type { Objective } from "../executor/objective.ts";
import type { Assignment } from "../space/assignment.ts";
import type { SpaceValue } from "../space/space-value.ts";
import type { Algorithm } from "../suggest/algorithm.ts";
import type { Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";
import type { EarlyStopFn } from "./early-stop.ts";

/** The arguments of `fmin`, hyperopt's in camelCase. */
export type FminOptions<TSpace> = {
  /** The function to minimise; may be async. */
  readonly fn: Objective<SpaceValue<TSpace>>;
  /** Any nesting of objects and arrays that holds `hp` expressions. */
  readonly space: TSpace;
  /** Default `tpe.suggest`. */
  readonly algo?: Algorithm;
  /** The number of trials in all, those that `trials` already shows included. */
  readonly maxEvals?: number;
  /** Seconds after which no new trial starts. What runs by then is waited for. */
  readonly timeout?: number;
  /** Stop once the smallest loss is less than this. */
  readonly lossThreshold?: number;
  /** Where the history is kept, and what is known already. Default: a new `Trials`. */
  readonly trials?: Trials;
  /**
   * The same seed, history and results give the same search. Default: the environment variable HYPEROPT_FMIN_SEED, or
   * else a random one.
   */
  readonly seed?: number;
  /** Called after each iteration; see `noProgressLoss`. */
  readonly earlyStopFn?: EarlyStopFn;
  /** Points to evaluate first, on top of `maxEvals`. Not together with `trials`: see `generateTrialsToCalculate`. */
  readonly pointsToEvaluate?: readonly Assignment[];
  /** How many proposed trials may wait. Default 1. `tpe.suggest` proposes one at a time in any case. */
  readonly maxQueueLen?: number;
  /** How many trials run at once, if the trials run in this process. Default 1. Helps when `fn` waits for something. */
  readonly parallelism?: number;
  /** Cancels: running trials become CANCEL, their own signal fires, and `fmin` rejects with CANCELLED. */
  readonly signal?: AbortSignal;
  /** Keep searching when `fn` throws. The trial becomes ERROR either way. Default false: the error is thrown on. */
  readonly catchEvalExceptions?: boolean;
  /** True, the default: resolve with the raw values of the best trial. False: with the best point of the space. */
  readonly returnArgmin?: boolean;
  /** Called when a trial has ended as DONE, ERROR or CANCEL. */
  readonly onTrial?: (trial: Trial, progress: FminProgress) => void;
  /** Called with each line that `fn` logs; without it they are dropped. */
  readonly onLog?: (line: TrialLogLine) => void;
  /** Where the time comes from. Default: the system's clock. */
  readonly clock?: Clock;
};

/** How far a search has come when a trial ends. */
export type FminProgress = {
  /** Trials that ended in this `fmin`, however they ended. */
  readonly finishedCount: number;
  readonly maxEvals: number | undefined;
  /** The smallest loss of all visible trials that are done; undefined when there is none. */
  readonly bestLoss: number | undefined;
};

/** One line that an objective logged. */
export type TrialLogLine = { readonly trialId: number; readonly message: string };
