import { AppError, cancelled, sleep, throwIfAborted, type Clock, type Random } from "@flightdeck/core";
import type { Executor } from "../executor/executor.ts";
import type { Domain } from "../space/domain.ts";
import type { SpaceValue } from "../space/space-value.ts";
import type { Algorithm } from "../suggest/algorithm.ts";
import { JOB_STATE_CANCEL, JOB_STATE_DONE, JOB_STATE_NEW, JOB_STATE_RUNNING } from "../trials/job-state.ts";
import type { Trial } from "../trials/trial.ts";
import type { Trials } from "../trials/trials.ts";
import { abortable } from "./abortable.ts";
import { evaluateTrial, moveTo, type Outcome } from "./evaluate-trial.ts";
import type { FminOptions } from "./fmin-options.ts";

/** How long a cancelled search waits for running objectives to clean up before it rejects without them. */
const CANCEL_GRACE_MS = 5_000;

/** Objectives that never wait would starve timers and signals; this often the search lets them have a turn. */
const TURN_EVERY_MS = 20;

/** hyperopt draws the seeds for its algorithms from [0, 2^31 − 1). */
const SEED_BOUND = 2 ** 31 - 1;

export type FminIterOptions<TSpace> = Omit<
  FminOptions<TSpace>,
  "algo" | "clock" | "trials" | "space" | "fn" | "seed"
> & {
  readonly algo: Algorithm;
  readonly clock: Clock;
  readonly random: Random;
  readonly domain: Domain<TSpace>;
  readonly trials: Trials;
  readonly executor: Executor<SpaceValue<TSpace>>;
};

/**
 * One run of `fmin`: proposes trials, has them evaluated, and decides when it is enough.
 *
 * An iteration fills the queue, evaluates until it is empty and a slot of the executor is free, and then looks whether
 * to stop. With one slot that is hyperopt's serial loop; with more, its asynchronous one.
 */
export class FminIter<TSpace> {
  private readonly options: FminIterOptions<TSpace>;
  private readonly running = new Map<Trial, Promise<Outcome>>();
  private readonly abort = new AbortController();
  private readonly deadlineMs: number;
  private readonly enqueueMax: number;
  private enqueuedCount = 0;
  private finishedCount = 0;
  private finishedCountAtStop = 0;
  private earlyStopState: readonly unknown[] = [];
  private bestLoss: number | undefined;
  private lastTurnMs: number;

  constructor(options: FminIterOptions<TSpace>) {
    const { clock, timeout = Number.POSITIVE_INFINITY, maxEvals = Number.POSITIVE_INFINITY } = options;
    this.options = options;
    this.lastTurnMs = clock.nowMs();
    this.deadlineMs = this.lastTurnMs + timeout * 1000;
    this.enqueueMax = maxEvals - options.trials.length;
  }

  /**
   * Searches to the end. Afterwards `trials` is up to date and nothing runs any more, but for objectives that ignored
   * their signal beyond the grace period.
   */
  async exhaust(): Promise<void> {
    const { trials, executor } = this.options;
    try {
      await this.iterate();
      while (this.running.size > 0) await this.finishOne();
    } catch (error) {
      await this.cancelRunning();
      throw error;
    } finally {
      trials.refresh();
      await executor.close();
    }
  }

  private async iterate(): Promise<void> {
    while (this.wantsMore()) {
      const hasMore = await this.fillQueue();
      await this.evaluateQueue();
      this.options.trials.refresh();
      if (this.shouldStopEarly() || !hasMore) return;
    }
  }

  private wantsMore(): boolean {
    const { clock, lossThreshold } = this.options;
    if (this.enqueuedCount >= this.enqueueMax || clock.nowMs() >= this.deadlineMs) return false;
    return lossThreshold === undefined || this.bestLoss === undefined || this.bestLoss >= lossThreshold;
  }

  /** Asks the algorithm for trials until enough wait; false when it has no more. */
  private async fillQueue(): Promise<boolean> {
    const { trials, maxQueueLen = 1 } = this.options;
    let queueLength = trials.countByStateUnsynced(JOB_STATE_NEW);
    while (queueLength < maxQueueLen && this.enqueuedCount < this.enqueueMax) {
      throwIfAborted(this.options.signal);
      const count = await this.enqueue(
        Math.min(maxQueueLen - queueLength, this.enqueueMax - this.enqueuedCount),
      );
      if (count === 0) return false;
      queueLength += count;
    }
    return true;
  }

  /** Lets the algorithm propose at most `countMax` trials; returns how many it did. */
  private async enqueue(countMax: number): Promise<number> {
    const { trials, algo, domain, random } = this.options;
    const newIds = trials.newTrialIds(countMax);
    trials.refresh();
    const proposed = await algo(newIds, domain, trials, random.nextInt(SEED_BOUND));
    if (proposed.length > countMax) {
      const message = `algo must return at most ${countMax} trials, got ${proposed.length}`;
      throw new AppError("INVALID_PARAMETER_VALUE", message);
    }
    trials.insertTrialDocs(proposed);
    trials.refresh();
    this.enqueuedCount += proposed.length;
    return proposed.length;
  }

  private async evaluateQueue(): Promise<void> {
    const { executor, trials } = this.options;
    const queue = trials.docsInState(JOB_STATE_NEW);
    for (;;) {
      throwIfAborted(this.options.signal);
      for (const trial of queue.splice(0, executor.parallelism - this.running.size)) this.start(trial);
      if (this.running.size < executor.parallelism) return;
      await this.finishOne();
    }
  }

  private start(trial: Trial): void {
    const { onLog, trials, domain, executor, clock } = this.options;
    const log = (message: string): void => onLog?.({ trialId: trial.tid, message });
    const signal = this.abort.signal;
    this.running.set(trial, evaluateTrial({ trial, trials, domain, executor, signal, log, clock }));
  }

  /** Waits until one running trial ends; throws what its objective threw, unless that is to be caught. */
  private async finishOne(): Promise<void> {
    await this.takeTurn();
    const { trial, failure } = await abortable(Promise.race(this.running.values()), this.options.signal);
    this.running.delete(trial);
    this.report(trial);
    if (failure !== undefined && this.options.catchEvalExceptions !== true) throw failure.error;
  }

  private report(trial: Trial): void {
    const { onTrial, maxEvals } = this.options;
    this.finishedCount++;
    if (onTrial === undefined) return;
    this.updateBestLoss();
    onTrial(trial, { finishedCount: this.finishedCount, maxEvals, bestLoss: this.bestLoss });
  }

  private shouldStopEarly(): boolean {
    const { earlyStopFn, trials } = this.options;
    if (this.finishedCount === this.finishedCountAtStop) return false;
    this.finishedCountAtStop = this.finishedCount;
    this.updateBestLoss();
    if (earlyStopFn === undefined) return false;
    const [stop, state] = earlyStopFn(trials, ...this.earlyStopState);
    this.earlyStopState = state;
    return stop;
  }

  private updateBestLoss(): void {
    let best = Number.POSITIVE_INFINITY;
    let hasLoss = false;
    for (const { state, result } of this.options.trials.trials) {
      if (state !== JOB_STATE_DONE || result.loss === undefined || Number.isNaN(result.loss)) continue;
      hasLoss = true;
      best = Math.min(best, result.loss);
    }
    this.bestLoss = hasLoss ? best : undefined;
  }

  private async takeTurn(): Promise<void> {
    const { clock, signal } = this.options;
    if (clock.nowMs() - this.lastTurnMs < TURN_EVERY_MS) return;
    await sleep(0, signal);
    this.lastTurnMs = clock.nowMs();
  }

  /** Marks what runs as CANCEL, tells the objectives, and waits for them for a while. */
  private async cancelRunning(): Promise<void> {
    const unfinished = [...this.running];
    this.running.clear();
    for (const [trial] of unfinished) {
      // One that ended at the same time as what made the search fail keeps its end.
      if (trial.state === JOB_STATE_RUNNING) moveTo(trial, JOB_STATE_CANCEL, this.options.clock);
    }
    this.abort.abort(this.options.signal?.reason ?? cancelled(this.abort.signal));
    const outcomes = unfinished.map(([, outcome]) => outcome);
    await settleWithin(outcomes, CANCEL_GRACE_MS);
    for (const [trial] of unfinished) this.report(trial);
  }
}

/** Waits until all promises have settled, at most for the given time. */
async function settleWithin(promises: readonly Promise<unknown>[], ms: number): Promise<void> {
  const timer = new AbortController();
  await Promise.race([Promise.allSettled(promises), sleep(ms, timer.signal)]);
  timer.abort();
}
