import { AppError, cancelled, sleep, throwIfAborted, type Clock } from "@flightdeck/core";
import type { Executor } from "../executor/executor.ts";
import type { Domain } from "../space/domain.ts";
import type { SpaceValue } from "../space/space-value.ts";
import { type Algorithm, seedForTrial } from "../suggest/algorithm.ts";
import { JOB_STATE_NEW, JOB_STATE_RUNNING } from "../trials/states.ts";
import { okLossOf, type Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";
import { type Outcome, type RunningTrial, startTrial } from "./evaluate-trial.ts";
import type { FminOptions } from "./fmin-options.ts";
import type { TrialsFile } from "./trials-file.ts";

/** How long a cancelled search waits for running objectives to clean up before it rejects without them. */
const CANCEL_GRACE_MS = 5_000;

/** Objectives that never wait would starve timers and signals; this often the search lets them have a turn. */
const TURN_EVERY_MS = 20;

export type FminIterOptions<TSpace> = Omit<
  FminOptions<TSpace>,
  "algo" | "clock" | "trials" | "space" | "fn" | "executor"
> & {
  readonly algo: Algorithm;
  readonly clock: Clock;
  readonly seed: number;
  readonly domain: Domain<TSpace>;
  readonly trials: Trials;
  readonly executor: Executor<SpaceValue<TSpace>>;
  readonly file: TrialsFile | undefined;
};

/**
 * One run of `fmin`: proposes trials, has them evaluated, and decides when it is enough.
 *
 * An iteration fills the queue, evaluates until it is empty and a slot of the executor is free, and then looks whether
 * to stop. With one slot that is hyperopt's serial loop; with more, its asynchronous one. Nothing in it takes time in
 * proportion to the trials that have ended.
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
    // Points that were inserted but do not show yet come on top of maxEvals.
    this.#enqueueMax = maxEvals - trials.length;
    trials.refresh();
    for (const trial of trials.trials) this.#takeOver(trial);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /**
   * Searches to the end. Afterwards `trials` is up to date and nothing runs any more, but for objectives that ignored
   * their signal beyond the grace period.
   */
  async exhaust(): Promise<void> {
    const { trials, executor } = this.#options;
    try {
      await this.#iterate();
      while (this.#running.size > 0) await this.#finishOne();
    } catch (error) {
      await this.#cancelRunning();
      throw error;
    } finally {
      this.#options.signal?.removeEventListener("abort", this.#onAbort);
      trials.refreshOpen();
      await executor.close();
    }
  }

  readonly #onAbort = (): void => this.#wake?.();

  async #iterate(): Promise<void> {
    const { clock, trials } = this.#options;
    while (clock.nowMs() < this.#deadlineMs && !this.#isGoodEnough()) {
      const hasMore = this.#enqueuedCount < this.#enqueueMax && (await this.#fillQueue());
      const queue = waiting(trials);
      if (queue.length === 0) return;
      await this.#evaluateAll(queue);
      trials.refreshOpen();
      if (this.#shouldStopEarly() || !hasMore) return;
    }
  }

  /** What an earlier search left. One that was RUNNING has nobody who runs it any more, so it waits again. */
  #takeOver(trial: Trial): void {
    if (trial.state === JOB_STATE_RUNNING) trial.state = JOB_STATE_NEW;
    this.#noteLoss(trial);
  }

  #isGoodEnough(): boolean {
    const { lossThreshold } = this.#options;
    return lossThreshold !== undefined && this.#bestLoss !== undefined && this.#bestLoss < lossThreshold;
  }

  /** Asks the algorithm for trials until enough wait; false when it has no more. */
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

  /** Lets the algorithm propose at most `countMax` trials; returns how many it did. */
  async #enqueue(countMax: number): Promise<number> {
    const { trials, algo, domain, seed, file } = this.#options;
    const newIds = trials.newTrialIds(countMax);
    trials.refreshOpen();
    const proposed = await algo(newIds, domain, trials, seedForTrial(seed, newIds[0] ?? 0));
    if (proposed.length > countMax) {
      const message = `algo must return at most ${countMax} trials, got ${proposed.length}`;
      throw new AppError("INVALID_PARAMETER_VALUE", message);
    }
    trials.insertTrialDocs(proposed);
    trials.refreshOpen();
    for (const trial of proposed) file?.append(trial);
    this.#enqueuedCount += proposed.length;
    return proposed.length;
  }

  async #evaluateAll(queue: Trial[]): Promise<void> {
    const { executor } = this.#options;
    for (;;) {
      throwIfAborted(this.#options.signal);
      for (const trial of queue.splice(0, executor.parallelism - this.#running.size)) this.#start(trial);
      if (this.#running.size < executor.parallelism) return;
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

  /** Waits until one running trial ends; throws what its objective threw, unless that is to be caught. */
  async #finishOne(): Promise<void> {
    await this.#takeTurn();
    const { trial, failure } = await this.#nextOutcome();
    this.#running.delete(trial);
    this.#announce(trial);
    if (failure !== undefined && this.#options.catchEvalExceptions !== true) throw failure;
  }

  /** The next outcome; rejects with CANCELLED as soon as the search's signal fires. */
  async #nextOutcome(): Promise<Outcome> {
    for (;;) {
      throwIfAborted(this.#options.signal);
      const known = this.#finished.shift();
      if (known !== undefined) return known;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #announce(trial: Trial): void {
    const { onTrial, maxEvals, file } = this.#options;
    this.#finishedCount++;
    this.#noteLoss(trial);
    file?.append(trial);
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

  /** Cancels each running trial and waits for their objectives for a while. */
  async #cancelRunning(): Promise<void> {
    const { signal } = this.#options;
    const unfinished = [...this.#running.values()];
    this.#running.clear();
    const reason: unknown = signal?.reason ?? cancelled(AbortSignal.abort());
    for (const running of unfinished) running.cancel(reason);
    await settleWithin(
      unfinished.map(({ outcome }) => outcome),
      CANCEL_GRACE_MS,
    );
    for (const { trial } of unfinished) this.#announce(trial);
  }
}

/** The trials that wait to be evaluated, in the order of insertion. */
function waiting(trials: Trials): Trial[] {
  return [...trials.openTrials].filter(({ state }) => state === JOB_STATE_NEW);
}

/** Waits until all promises have settled, at most for the given time. */
async function settleWithin(promises: readonly Promise<unknown>[], ms: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([Promise.allSettled(promises), sleep(ms, timer.signal)]);
  timer.abort();
}
