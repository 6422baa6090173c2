import { isAppError } from "@flightdeck/core";
import type { JobRun } from "@flightdeck/protocol";
import type { EndedJobRunState, JobRunChange, OwnedJobRun } from "@flightdeck/store";
import { BOUNDS } from "../bounds.ts";
import { deliverLogs } from "./deliver-logs.ts";
import { lostState, stateOfEnd, stateOfError, stateOfStop, type StopReason } from "./end-of-run.ts";
import type { ExecutionHandle } from "./execution/execution.ts";
import { prepareCluster, type RunCluster } from "./prepare-cluster.ts";
import type { RunContext } from "./runner-context.ts";

/** One run that this server carries out, from the moment when it left the queue, or was taken over, to its end. */
export class RunUnderWay {
  readonly #context: RunContext;
  readonly #run: JobRun;
  readonly #submitTokenId: string | undefined;
  readonly #isTakenOver: boolean;
  readonly #stop = new AbortController();
  #reason: StopReason | undefined;
  #handle: ExecutionHandle | undefined;
  #tokenId: string | undefined;
  #cluster: RunCluster = { note: "" };
  #told: Promise<void> = Promise.resolve();

  /** `isTakenOver` when another server began it, and may have died before it stored where the task is. */
  constructor(context: RunContext, owned: OwnedJobRun, isTakenOver: boolean) {
    this.#context = context;
    this.#isTakenOver = isTakenOver;
    this.#run = owned.run;
    this.#submitTokenId = owned.submitTokenId;
    // What this executor, or that of an earlier server, has given; nobody else writes it.
    this.#handle = owned.handle as ExecutionHandle | undefined;
    this.#tokenId = owned.tokenId;
    if (owned.cancelMessage !== undefined) this.stop({ kind: "cancelled", message: owned.cancelMessage });
  }

  /** Ends it for a reason; the first one counts. */
  stop(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#stop.abort(reason);
  }

  /** Carries the run out. Never fails: whatever goes wrong is how the run ends. */
  async carryOut(): Promise<void> {
    const bound = this.#armBound();
    try {
      await this.#carryOut();
    } catch (error) {
      this.#context.logger.error({ err: error, runId: this.#run.runId }, "a run could not be carried out");
    } finally {
      clearTimeout(bound);
    }
  }

  async #carryOut(): Promise<void> {
    let end: EndedJobRunState | undefined;
    try {
      this.#cluster = await prepareCluster(this.#context.clusters, this.#run);
      if (this.#handle === undefined && this.#isTakenOver) await this.#find();
      if (this.#handle === undefined) await this.#start();
      end = await this.#wait();
    } catch (error) {
      end = await this.#stateOfFailure(error);
    }
    if (end !== undefined) await this.#finish(end);
  }

  async #start(): Promise<void> {
    const { executor, tokens, clock } = this.#context;
    const { runId, spec } = this.#run;
    const { note, clusterId, sparkEnvVars = {} } = this.#cluster;
    await this.#update({ stateMessage: note, ...(clusterId !== undefined && { clusterId }) });
    const token = await tokens.create({ run: this.#run, submitTokenId: this.#submitTokenId });
    this.#tokenId = token.tokenId;
    if (token.tokenId !== undefined) await this.#update({ tokenId: token.tokenId });
    const { task, libraries } = spec;
    const execution = { runId, task, libraries, sparkEnvVars, token: token.value };
    this.#handle = await executor.start(execution, {
      signal: this.#stop.signal,
      onProgress: (message) => this.#tell(message),
    });
    await this.#tellStarted(this.#handle, clock.nowMs());
  }

  async #tellStarted(handle: ExecutionHandle, taskStartTimeMs: number): Promise<void> {
    const stateMessage = `In run. ${this.#cluster.note}`;
    const change = { handle, lifeCycleState: "RUNNING", taskStartTimeMs, stateMessage } as const;
    await this.#told;
    await this.#context.untilStored(() => this.#update(change));
  }

  async #find(): Promise<void> {
    const { executor, clock } = this.#context;
    this.#handle = await executor.find(this.#run.runId);
    if (this.#handle !== undefined) await this.#tellStarted(this.#handle, clock.nowMs());
  }

  /** A word on the way, in its order; whatever is in its way is in the way of the next step too, which says so. */
  #tell(message: string): void {
    const tell = (): Promise<void> => this.#update({ stateMessage: `${message} ${this.#cluster.note}` });
    this.#told = this.#told.then(tell).catch(() => undefined);
  }

  async #wait(): Promise<EndedJobRunState> {
    const { executor } = this.#context;
    if (this.#handle === undefined) return lostState("its task was never started", this.#cluster.note);
    return stateOfEnd(await executor.wait(this.#handle, this.#stop.signal), this.#cluster.note);
  }

  /** Undefined when the run is not over, or not this server's to end. */
  async #stateOfFailure(error: unknown): Promise<EndedJobRunState | undefined> {
    const reason = this.#reason;
    if (reason?.kind === "closing") return this.#leave();
    if (reason?.kind === "taken over" && !(await this.#isLost())) return undefined;
    await this.#endTask();
    if (reason === undefined) return stateOfError(error, this.#cluster.note);
    return reason.kind === "taken over" ? undefined : stateOfStop(reason, this.#cluster.note);
  }

  /** The wait, which ends at once, clears up behind the task. */
  async #endTask(): Promise<void> {
    const { executor, logger } = this.#context;
    if (this.#handle === undefined) return;
    try {
      await executor.cancel(this.#handle);
      await executor.wait(this.#handle, AbortSignal.timeout(BOUNDS.jobEndWaitMs));
    } catch (error) {
      logger.error({ err: error, runId: this.#run.runId }, "the task of a run could not be ended");
    }
  }

  /** Whether its new owner could not go on with it: then what is left of it here must end. */
  async #isLost(): Promise<boolean> {
    const { state } = await this.#context.jobs.getRun(this.#run.runId);
    return state.resultState !== undefined;
  }

  /** A task that has started goes on without this server; one that has not goes back into the queue. */
  async #leave(): Promise<undefined> {
    if (this.#handle !== undefined) return;
    const { jobs, owner, tokens } = this.#context;
    await tokens.revoke(this.#tokenId);
    await jobs.releaseRun(owner.ownerId, this.#run.runId);
  }

  async #finish(end: EndedJobRunState): Promise<void> {
    const { jobs, owner, tokens } = this.#context;
    const { runId } = this.#run;
    const undelivered = await this.#deliverLogs();
    await this.#context.untilStored(() => tokens.revoke(this.#tokenId));
    const stateMessage = [end.stateMessage, undelivered].filter(Boolean).join(" ");
    await this.#context.untilStored(() => jobs.finishRun(owner.ownerId, runId, { ...end, stateMessage }));
  }

  /** Says why when it could not; the run's end is what it was in any case. */
  async #deliverLogs(): Promise<string | undefined> {
    const { logDestination: destination, clusterId } = this.#cluster;
    if (destination === undefined || clusterId === undefined) return undefined;
    const { executor, dbfs, logger } = this.#context;
    const { runId } = this.#run;
    try {
      await deliverLogs({ executor, dbfs, runId, destination, clusterId });
      return undefined;
    } catch (error) {
      logger.warn({ err: error, runId }, "a run's logs could not be delivered");
      return `Its logs could not be written to ${destination}: ${isAppError(error) ? error.message : "see the server's log"}.`;
    }
  }

  /** Ends the run when it is no longer this server's. */
  async #update(change: JobRunChange): Promise<void> {
    const { jobs, owner } = this.#context;
    const isOurs = await jobs.updateOwnedRun(owner.ownerId, this.#run.runId, change);
    if (!isOurs) this.stop({ kind: "taken over" });
  }

  #armBound(): NodeJS.Timeout | undefined {
    const { clock } = this.#context;
    const { spec, claimTimeMs = clock.nowMs() } = this.#run;
    const { timeoutSeconds: seconds } = spec;
    if (seconds === 0) return undefined;
    const leftMs = claimTimeMs + seconds * 1000 - clock.nowMs();
    const end = (): void => this.stop({ kind: "timed out", seconds });
    return setTimeout(end, Math.min(Math.max(0, leftMs), TIMER_MS_MAX));
  }
}

/** What a timer of Node takes, 24 days; a longer bound ends a run then. */
const TIMER_MS_MAX = 2_147_483_647;
