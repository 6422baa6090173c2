import { AppError, cancelled, settleWithin, sleep, throwIfAborted, type Clock } from "@flightdeck/core";
import type { Executor } from "../executor/executor.ts";
import type { Domain } from "../space/domain.ts";
import type { SpaceValue } from "../space/space-value.ts";
import { type Algorithm, seedForTrial } from "../suggest/algorithm.ts";
import { JOB_STATE_CANCEL, JOB_STATE_NEW, JOB_STATE_RUNNING } from "../trials/states.ts";
import { okLossOf, type Trial } from "../trials/trial.ts";
import type { SearchRecord } from "../trials/search-record.ts";
import type { Trials } from "../trials/trials.ts";
import { type Outcome, type RunningTrial, startTrial } from "./evaluate-trial.ts";
import type { FminOptions } from "./fmin-options.ts";

/** How long a cancelled search waits for running objectives to clean up before it rejects without them. */
const CANCEL_GRACE_MS = 5_000;

/** Objectives that never wait would starve timers and signals, so the search yields to the event loop this often. */
const TURN_EVERY_MS = 20;

/** Timers take at most 2^31 − 1 ms. */
const TIMER_SECONDS_MAX = (2 ** 31 - 1) / 1000;

/** The reason for cancelling trials that still run when the search stops. */
const STOPPED = new AppError("CANCELLED", "the search has stopped");

export type FminIterOptions<TSpace> = Omit<
  FminOptions<TSpace>,
  "algo" | "clock" | "trials" | "space" | "fn" | "executor" | "track"
> & {
  readonly algo: Algorithm;
  readonly clock: Clock;
  readonly seed: number;
  readonly domain: Domain<TSpace>;
  readonly trials: Trials;
  readonly executor: Executor<SpaceValue<TSpace>>;
  readonly record: SearchRecord | undefined;
  /** Returns the id of a trial's run, in a tracked search. */
  readonly runIdOf: ((trialId: number) => Promise<string>) | undefined;
};

/**
 * One run of `fmin`: proposes trials, has them evaluated, and decides when to stop.
 *
 * An iteration fills the queue, evaluates until the queue is empty and the executor has a free slot, and then checks whether to
 * stop. With one slot this is hyperopt's serial loop, with more its asynchronous one. Nothing in it takes time in proportion to
 * the number of trials that have ended.
 */
export class FminIter<TSpace> {
  readonly #options: FminIterOptions<TSpace>;
  readonly #running = new Map<Trial, RunningTrial>();
  readonly #finished: Outcome[] = [];
  #wake: (() => void) | undefined;
  readonly #deadlineMs: number;
  readonly #enqueueMax: number;
  #enqueuedCount = 0;
  #finishedCount = 0;
  #finishedCountAtStop = 0;
  #earlyStopState: readonly unknown[] = [];
  #bestLoss: number | undefined;
  #lastTurnMs: number;
  #isTimeOver = false;

  constructor(options: FminIterOptions<TSpace>) {
    const {
      clock,
      trials,
      timeout = Number.POSITIVE_INFINITY,
      maxEvals = Number.POSITIVE_INFINITY,
    } = options;
    this.#options = options;
    this.#lastTurnMs = clock.nowMs();
    this.#deadlineMs = this.#lastTurnMs + timeout * 1000;
    // Points that were inserted but are not visible yet come on top of maxEvals.
    this.#enqueueMax = maxEvals - trials.length;
    trials.refresh();
    for (const trial of trials.trials) this.#takeOver(trial);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /**
   * Runs the search to its end. Afterwards `trials` is up to date and nothing runs any more, except objectives that ignored
   * their signal beyond the grace period.
   */
  async exhaust(): Promise<void> {
    const { trials, executor } = this.#options;
    const timer = this.#stopWaitingAtDeadline();
    try {
      let isStopped = await this.#iterate();
      while (this.#running.size > 0) {
        if (isStopped && executor.cancelsOnStop === true) await this.#cancelRunning(STOPPED);
        else await this.#finishOne();
        isStopped ||= this.#isStopped();
      }
      if (isStopped && executor.cancelsOnStop === true) this.#cancelWaiting();
    } catch (error) {
      await this.#cancelRunning(this.#options.signal?.reason ?? cancelled(AbortSignal.abort()));
      throw error;
    } finally {
      clearTimeout(timer);
      this.#options.signal?.removeEventListener("abort", this.#onAbort);
      trials.refreshOpen();
      await executor.close();
    }
  }

  readonly #onAbort = (): void => this.#wake?.();

  /** With an executor that cancels running trials, the search ends at the timeout instead of waiting for a trial to end. */
  #stopWaitingAtDeadline(): NodeJS.Timeout | undefined {
    const { executor, timeout } = this.#options;
    if (executor.cancelsOnStop !== true || timeout === undefined || timeout > TIMER_SECONDS_MAX) {
      return undefined;
    }
    return setTimeout(() => {
      this.#isTimeOver = true;
      this.#wake?.();
    }, timeout * 1000);
  }

  /** Returns true if the search was stopped, false if there is nothing more to evaluate. */
  async #iterate(): Promise<boolean> {
    const { trials } = this.#options;
    while (!this.#isOver()) {
      const hasMore = this.#enqueuedCount < this.#enqueueMax && (await this.#fillQueue());
      const queue = waiting(trials);
      if (queue.length === 0) return false;
      await this.#evaluateAll(queue);
      if (this.#isStopped()) return true;
      if (!hasMore) return false;
    }
    return true;
  }

  /** Whether the time is up or the loss is low enough. */
  #isOver(): boolean {
    return this.#isTimeOver || this.#options.clock.nowMs() >= this.#deadlineMs || this.#isGoodEnough();
  }

  /** Call once for each trial that ended. */
  #isStopped(): boolean {
    this.#options.trials.refreshOpen();
    return this.#shouldStopEarly() || this.#isOver();
  }

  /** Takes over a trial of an earlier search. A trial that was RUNNING has lost its process, so it becomes NEW again. */
  #takeOver(trial: Trial): void {
    if (trial.state === JOB_STATE_RUNNING) trial.state = JOB_STATE_NEW;
    this.#noteLoss(trial);
  }

  #isGoodEnough(): boolean {
    const { lossThreshold } = this.#options;
    return lossThreshold !== undefined && this.#bestLoss !== undefined && this.#bestLoss < lossThreshold;
  }

  /** Asks the algorithm for trials until the queue is full. Returns false when it has no more. */
  async #fillQueue(): Promise<boolean> {
    const { trials, maxQueueLen = 1 } = this.#options;
    let queueLength = waiting(trials).length;
    while (queueLength < maxQueueLen && this.#enqueuedCount < this.#enqueueMax) {
      throwIfAborted(this.#options.signal);
      const countMax = Math.min(maxQueueLen - queueLength, this.#enqueueMax - this.#enqueuedCount);
      const count = await this.#enqueue(countMax);
      if (count === 0) return false;
      queueLength += count;
    }
    return true;
  }

  /** Lets the algorithm propose at most `countMax` trials and returns how many it proposed. */
  async #enqueue(countMax: number): Promise<number> {
    const { trials, algo, domain, seed, record, signal } = this.#options;
    await record?.room(signal);
    const newIds = trials.newTrialIds(countMax);
    trials.refreshOpen();
    const proposed = await algo(newIds, domain, trials, seedForTrial(seed, newIds[0] ?? 0));
    if (proposed.length > countMax) {
      const message = `algo must return at most ${countMax} trials, got ${proposed.length}`;
      throw new AppError("INVALID_PARAMETER_VALUE", message);
    }
    trials.insertTrialDocs(proposed);
    trials.refreshOpen();
    for (const trial of proposed) record?.propose(trial);
    this.#enqueuedCount += proposed.length;
    return proposed.length;
  }

  async #evaluateAll(queue: Trial[]): Promise<void> {
    const { executor } = this.#options;
    for (;;) {
      throwIfAborted(this.#options.signal);
      for (const trial of queue.splice(0, executor.parallelism - this.#running.size)) this.#start(trial);
      if (this.#running.size < executor.parallelism || this.#isTimeOver) return;
      await this.#finishOne();
    }
  }

  #start(trial: Trial): void {
    const running = startTrial(trial, this.#options);
    this.#running.set(trial, running);
    void this.#collect(running);
  }

  async #collect({ outcome }: RunningTrial): Promise<void> {
    this.#finished.push(await outcome);
    this.#wake?.();
  }

  /** Waits until one running trial ends. Throws what its objective threw, unless `catchEvalExceptions` is set. */
  async #finishOne(): Promise<void> {
    await this.#takeTurn();
    const outcome = await this.#nextOutcome();
    if (outcome === undefined) return;
    const { trial, failure } = outcome;
    this.#running.delete(trial);
    this.#announce(trial);
    if (failure !== undefined && this.#options.catchEvalExceptions !== true) throw failure;
  }

  /** The next outcome, or undefined once the time is up. Rejects with CANCELLED as soon as the search's signal is aborted. */
  async #nextOutcome(): Promise<Outcome | undefined> {
    for (;;) {
      throwIfAborted(this.#options.signal);
      const known = this.#finished.shift();
      if (known !== undefined || this.#isTimeOver) return known;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #announce(trial: Trial): void {
    const { onTrial, maxEvals, record } = this.#options;
    this.#finishedCount++;
    this.#noteLoss(trial);
    record?.end(trial);
    onTrial?.(trial, { finishedCount: this.#finishedCount, maxEvals, bestLoss: this.#bestLoss });
  }

  #noteLoss(trial: Trial): void {
    const loss = okLossOf(trial);
    if (loss !== undefined && !(loss >= (this.#bestLoss ?? Number.NaN))) this.#bestLoss = loss;
  }

  #shouldStopEarly(): boolean {
    const { earlyStopFn, trials } = this.#options;
    if (earlyStopFn === undefined || this.#finishedCount === this.#finishedCountAtStop) return false;
    this.#finishedCountAtStop = this.#finishedCount;
    const [stop, state] = earlyStopFn(trials, ...this.#earlyStopState);
    this.#earlyStopState = state;
    return stop;
  }

  async #takeTurn(): Promise<void> {
    const { clock, signal } = this.#options;
    if (clock.nowMs() - this.#lastTurnMs < TURN_EVERY_MS) return;
    await sleep(0, signal);
    this.#lastTurnMs = clock.nowMs();
  }

  /** Cancels all running trials and gives their objectives some time to end. */
  async #cancelRunning(reason: unknown): Promise<void> {
    const unfinished = [...this.#running.values()];
    this.#running.clear();
    for (const running of unfinished) running.cancel(reason);
    await settleWithin(CANCEL_GRACE_MS, ...unfinished.map(({ outcome }) => outcome));
    for (const { trial } of unfinished) this.#announce(trial);
  }

  /** Cancels trials that were proposed and never started. */
  #cancelWaiting(): void {
    for (const trial of waiting(this.#options.trials)) {
      trial.state = JOB_STATE_CANCEL;
      this.#announce(trial);
    }
  }
}

/** The trials in the queue, in order of insertion. */
function waiting(trials: Trials): Trial[] {
  return [...trials.openTrials].filter(({ state }) => state === JOB_STATE_NEW);
}
