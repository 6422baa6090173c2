import type { Objective } from "./objective.ts";

/**
 * Where trials are evaluated. `fmin` decides what is evaluated and when; an executor only runs it: in this process, in
 * worker threads, on a cluster. `Trials.createExecutor` makes one for each `fmin`.
 *
 * Contract: `fmin` calls `evaluate` at most `parallelism` times at once, and awaits `close` once after the last
 * evaluation has settled or was given up after cancelling.
 */
export type Executor<TValue> = {
  /** How many evaluations may run at once; an integer, at least 1. */
  readonly parallelism: number;
  /**
   * Evaluates the objective once. Resolves with what it returned, unchecked; rejects with what it threw, or when it
   * could not be run at all. Once `signal` fires it settles as soon as it can, in whichever way.
   */
  evaluate(evaluation: Evaluation<TValue>): Promise<unknown>;
  /** Frees what the executor holds. */
  close(): Promise<void>;
};

/** One evaluation of the objective. */
export type Evaluation<TValue> = {
  readonly trialId: number;
  /** The point of the space. */
  readonly value: TValue;
  /** Fires when the result is no longer wanted. */
  readonly signal: AbortSignal;
  /** Hands on a line that the objective logged. */
  readonly log: (message: string) => void;
};

/** What `fmin` asks `Trials.createExecutor` for. */
export type ExecutorOptions<TValue> = {
  readonly fn: Objective<TValue>;
  /** What the caller of `fmin` asked for; undefined leaves it to the executor. */
  readonly parallelism: number | undefined;
};
