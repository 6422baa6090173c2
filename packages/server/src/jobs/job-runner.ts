import { isAppError, sleep } from "@flightdeck/core";
import type { OwnedJobRun } from "@flightdeck/store";
import { BOUNDS } from "../bounds.ts";
import { lostState, type StopReason } from "./end-of-run.ts";
import { RunUnderWay } from "./run-under-way.ts";
import type { RunnerContext } from "./runner-context.ts";
import { describeOwner, hasEnded } from "./server-identity.ts";

export type JobRunnerOptions = {
  readonly context: Omit<RunnerContext, "untilStored">;
  /** Runs at a time; 0 takes none from the queue. */
  readonly maxParallel: number;
};

/**
 * Takes runs from the queue, first in, first out, and carries out some of them at a time. It finds again what a server
 * that has ended was carrying out, and keeps its own by a lease.
 */
export class JobRunner {
  readonly #context: RunnerContext;
  readonly #maxParallel: number;
  readonly #closing = new AbortController();
  readonly #underWay = new Map<number, RunUnderWay>();
  readonly #ends = new Set<Promise<void>>();
  #isWoken = false;
  #endPause: () => void = () => {};
  #loop: Promise<void> | undefined;
  #renewAtMs = 0;
  #recoverAtMs = 0;

  constructor({ context, maxParallel }: JobRunnerOptions) {
    this.#context = { ...context, untilStored: (store) => this.#untilStored(store) };
    this.#maxParallel = maxParallel;
  }

  start(): void {
    this.#loop ??= this.#lookAgainAndAgain();
  }

  /** Something may have come into the queue. */
  wake(): void {
    this.#isWoken = true;
    this.#endPause();
  }

  /** Ends a run that this server carries out, at once; another's server sees by itself that it is to. */
  cancel(runId: number, message: string): void {
    this.#underWay.get(runId)?.stop({ kind: "cancelled", message });
  }

  /** Tasks that have started go on; the next server finds them. Runs that were being prepared go back into the queue. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.wake();
    await this.#loop;
    const { size } = this.#underWay;
    if (size > 0) this.#context.logger.warn({ runs: size }, "runs of jobs go on; the next server finds them");
    await this.#stopAll({ kind: "closing" });
  }

  async #lookAgainAndAgain(): Promise<void> {
    const { logger } = this.#context;
    while (!this.#closing.signal.aborted) {
      try {
        await this.#look();
      } catch (error) {
        logger.error({ err: error }, "the queue of jobs could not be looked through");
      }
      await this.#pause();
    }
  }

  async #look(): Promise<void> {
    await this.#renewLease();
    await this.#stopCancelled();
    await this.#recover();
    while (this.#underWay.size < this.#maxParallel && !this.#closing.signal.aborted) {
      const owned = await this.#context.jobs.claimNextRun(this.#context.owner, BOUNDS.jobLeaseMs);
      if (owned === undefined) return;
      await this.#begin(owned, { isTakenOver: false });
    }
  }

  async #begin(owned: OwnedJobRun, { isTakenOver }: { readonly isTakenOver: boolean }): Promise<void> {
    const { runId } = owned.run;
    const executor = await this.#context.loadExecutor();
    const underWay = new RunUnderWay({ ...this.#context, executor }, owned, isTakenOver);
    this.#underWay.set(runId, underWay);
    const ended = underWay.carryOut().finally(() => {
      this.#underWay.delete(runId);
      this.#ends.delete(ended);
      this.wake();
    });
    this.#ends.add(ended);
  }

  /** A server that was away for longer than its lease may find that others have its runs. */
  async #renewLease(): Promise<void> {
    const { jobs, owner, clock } = this.#context;
    if (this.#underWay.size === 0 || clock.nowMs() < this.#renewAtMs) return;
    this.#renewAtMs = clock.nowMs() + BOUNDS.jobLeaseRenewalMs;
    if (await jobs.renewLease(owner.ownerId, BOUNDS.jobLeaseMs)) return;
    this.#context.logger.warn("the lease on runs of jobs ran out; another server has taken them over");
    await this.#stopAll({ kind: "taken over" });
  }

  /** Those that were cancelled by way of another server. */
  async #stopCancelled(): Promise<void> {
    if (this.#underWay.size === 0) return;
    for (const { run, cancelMessage } of await this.#context.jobs.listOwnedRuns(
      this.#context.owner.ownerId,
    )) {
      if (cancelMessage !== undefined) this.cancel(run.runId, cancelMessage);
    }
  }

  /** Takes over from servers that have ended: at once from those of this host, from others when their lease runs out. */
  async #recover(): Promise<void> {
    const { jobs, owner, clock } = this.#context;
    if (this.#maxParallel === 0 || clock.nowMs() < this.#recoverAtMs) return;
    this.#recoverAtMs = clock.nowMs() + BOUNDS.jobRecoveryMs;
    for (const other of await jobs.listOwners()) {
      if (other.ownerId === owner.ownerId) continue;
      const isHere = other.host === owner.host;
      const isDead = isHere && (await hasEnded(other));
      if (!isDead && other.leaseUntilMs > clock.nowMs()) continue;
      const input = { owner, leaseMs: BOUNDS.jobLeaseMs, fromOwnerId: other.ownerId, isDead };
      for (const owned of await jobs.takeOver(input)) {
        if (isHere) await this.#begin(owned, { isTakenOver: true });
        else await this.#lose(owned, `${describeOwner(other)}, which carried it out, has not been heard of`);
      }
    }
  }

  /** Of a task of another machine nobody here can know. */
  async #lose({ run, tokenId }: OwnedJobRun, reason: string): Promise<void> {
    const { jobs, owner, tokens } = this.#context;
    await tokens.revoke(tokenId);
    await jobs.finishRun(owner.ownerId, run.runId, lostState(reason, ""));
  }

  async #stopAll(reason: StopReason): Promise<void> {
    for (const underWay of this.#underWay.values()) underWay.stop(reason);
    await Promise.all(this.#ends);
  }

  /** Until something happens, or it is time to look for what other servers did. */
  async #pause(): Promise<void> {
    const woken = new AbortController();
    this.#endPause = () => woken.abort();
    if (this.#isWoken) woken.abort();
    const ms = this.#underWay.size > 0 ? BOUNDS.jobPollBusyMs : BOUNDS.jobPollIdleMs;
    await sleep(ms, woken.signal).catch(() => undefined); // Woken.
    this.#isWoken = false;
  }

  async #untilStored(store: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await store();
        return;
      } catch (error) {
        if (!isAppError(error, "TEMPORARILY_UNAVAILABLE")) throw error;
        await sleep(BOUNDS.jobStoreRetryMs, this.#closing.signal);
      }
    }
  }
}
