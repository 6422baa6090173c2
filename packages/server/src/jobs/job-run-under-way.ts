import { type ArtifactRepository, joinArtifactPath, parseDbfsPath } from "@flightdeck/artifacts";
import { type Clock, isAppError, messageOf } from "@flightdeck/core";
import type { JobRun } from "@flightdeck/protocol";
import type {
  ClusterStore,
  EndedJobRunState,
  JobOwner,
  JobRunChange,
  JobStore,
  OwnedJobRun,
} from "@flightdeck/store";
import type { Logger } from "pino";
import type { ClusterSparks, TaskSpark } from "./cluster-sparks.ts";
import { type JobRunCluster, prepareCluster } from "./clusters.ts";
import { lostState, stateOfEnd, stateOfError, stateOfStop, type StopReason } from "./end-of-job-run.ts";
import type { ExecutionHandle } from "./execution/execution.ts";
import type { JobExecutor } from "./execution/job-executor.ts";
import type { JobRunTokens } from "./job-run-tokens.ts";

/** How long to wait for a cancelled task; `compute` ends it within a second. */
const END_WAIT_MS = 5000;

/** A job run that this server executes, from the moment it leaves the queue or is taken over until it ends. */
export class JobRunUnderWay {
  readonly #context: JobRunContext;
  readonly #run: JobRun;
  readonly #submitTokenId: string | undefined;
  readonly #isTakenOver: boolean;
  readonly #stop = new AbortController();
  #reason: StopReason | undefined;
  #handle: ExecutionHandle | undefined;
  #tokenId: string | undefined;
  #cluster: JobRunCluster = { note: "", sparkWorkers: 0 };
  #told: Promise<void> = Promise.resolve();

  /** `isTakenOver` if another server started the run, which may have died before it stored the task's handle. */
  constructor(context: JobRunContext, owned: OwnedJobRun, isTakenOver: boolean) {
    this.#context = context;
    this.#isTakenOver = isTakenOver;
    this.#run = owned.run;
    this.#submitTokenId = owned.submitTokenId;
    // Only written by this executor or by an earlier server's.
    this.#handle = owned.handle as ExecutionHandle | undefined;
    this.#tokenId = owned.tokenId;
    if (owned.cancelMessage !== undefined) this.stop({ kind: "cancelled", message: owned.cancelMessage });
  }

  /** Stops the run. Only the first reason counts. */
  stop(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#stop.abort(reason);
  }

  /** Executes the run. Never throws: an error becomes the run's final state. */
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
    const { runId: jobRunId, spec } = this.#run;
    const { note, clusterId, sparkEnvVars = {} } = this.#cluster;
    await this.#update({ stateMessage: note, clusterId });
    const spark = await this.#startSpark();
    const token = await tokens.create({ run: this.#run, submitTokenId: this.#submitTokenId });
    this.#tokenId = token.tokenId;
    if (token.tokenId !== undefined) await this.#update({ tokenId: token.tokenId });
    const { task, libraries } = spec;
    const execution = { jobRunId, task, libraries, sparkEnvVars, spark, token: token.value };
    this.#handle = await executor.start(execution, {
      signal: this.#stop.signal,
      onProgress: (message) => this.#tell(message),
    });
    await this.#tellStarted(this.#handle, clock.nowMs());
  }

  /**
   * The Spark of the cluster's workers; undefined if the cluster has no workers or this server has no Spark. If Spark
   * cannot be started, a task that can do without it runs anyway, and the state message says so.
   */
  async #startSpark(): Promise<TaskSpark | undefined> {
    const { sparkWorkers: workers, clusterId } = this.#cluster;
    const { sparks } = this.#context;
    if (workers === 0 || clusterId === undefined || sparks === undefined) return undefined;
    this.#tell("starting Spark.");
    try {
      const spark = await sparks.ensure(clusterId, {
        workers,
        signal: this.#stop.signal,
        onProgress: (message) => this.#tell(`starting Spark: ${message}.`),
      });
      this.#note(`Spark ${spark.version} with ${spark.workers} worker${spark.workers === 1 ? "" : "s"}.`);
      return spark;
    } catch (error) {
      if (this.#stop.signal.aborted || this.#run.spec.task.kind === "spark_submit") throw error;
      this.#note(`The task runs without Spark: ${messageOf(error)}.`);
      return undefined;
    }
  }

  #note(sentence: string): void {
    this.#cluster = { ...this.#cluster, note: `${this.#cluster.note} ${sentence}` };
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

  /** Stores progress messages in order. Ignores a failure, because the next step will hit and report the same one. */
  #tell(message: string): void {
    const tell = (): Promise<void> => this.#update({ stateMessage: `${message} ${this.#cluster.note}` });
    this.#told = this.#told.then(tell).catch(() => undefined);
  }

  async #wait(): Promise<EndedJobRunState> {
    const { executor } = this.#context;
    if (this.#handle === undefined) return lostState("its task was never started", this.#cluster.note);
    return stateOfEnd(await executor.wait(this.#handle, this.#stop.signal), this.#cluster.note);
  }

  /** Undefined if the run has not ended or another server owns it. */
  async #stateOfFailure(error: unknown): Promise<EndedJobRunState | undefined> {
    const reason = this.#reason;
    if (reason?.kind === "closing") return await this.#leave();
    if (reason?.kind === "taken over" && !(await this.#isLost())) return undefined;
    await this.#endTask();
    if (reason === undefined) return stateOfError(error, this.#cluster.note);
    return reason.kind === "taken over" ? undefined : stateOfStop(reason, this.#cluster.note);
  }

  /** Cancels the task. The pending wait then returns at once and removes the task's files. */
  async #endTask(): Promise<void> {
    const { executor, logger } = this.#context;
    if (this.#handle === undefined) return;
    try {
      await executor.cancel(this.#handle);
      await executor.wait(this.#handle, AbortSignal.timeout(END_WAIT_MS));
    } catch (error) {
      logger.error({ err: error, runId: this.#run.runId }, "the task of a run could not be ended");
    }
  }

  /** Whether the new owner has given up the run, so that its task must end here. */
  async #isLost(): Promise<boolean> {
    const { state } = await this.#context.jobs.getRun(this.#run.runId);
    return state.resultState !== undefined;
  }

  /** A started task continues without this server; a run still being prepared goes back to the queue. */
  async #leave(): Promise<undefined> {
    if (this.#handle !== undefined) return;
    const { jobs, owner, tokens } = this.#context;
    await tokens.revoke(this.#tokenId);
    await jobs.releaseRun(owner.ownerId, this.#run.runId);
  }

  async #finish(end: EndedJobRunState): Promise<void> {
    const { jobs, owner, tokens } = this.#context;
    const { runId: jobRunId } = this.#run;
    const undelivered = await this.#deliverLogs();
    await this.#context.untilStored(() => tokens.revoke(this.#tokenId));
    const stateMessage = [end.stateMessage, undelivered].filter(Boolean).join(" ");
    await this.#context.untilStored(() => jobs.finishRun(owner.ownerId, jobRunId, { ...end, stateMessage }));
  }

  /** Returns why the logs could not be delivered. Does not affect the run's result. */
  async #deliverLogs(): Promise<string | undefined> {
    const { logDestination: destination, clusterId } = this.#cluster;
    if (destination === undefined || clusterId === undefined) return undefined;
    const { executor, dbfs, logger } = this.#context;
    const { runId: jobRunId } = this.#run;
    try {
      await deliverLogs({ executor, dbfs, jobRunId, destination, clusterId });
      return undefined;
    } catch (error) {
      logger.warn({ err: error, runId: jobRunId }, "a run's logs could not be delivered");
      return `Its logs could not be written to ${destination}: ${isAppError(error) ? error.message : "see the server's log"}.`;
    }
  }

  /** Stores a change. Stops the run if another server owns it. */
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

/** The longest timer in Node, 24 days; longer timeouts are capped. */
const TIMER_MS_MAX = 2_147_483_647;

export type DeliverLogsInput = {
  readonly executor: Pick<JobExecutor, "openLog">;
  readonly dbfs: ArtifactRepository;
  readonly jobRunId: number;
  /** From the cluster's definition, such as `dbfs:/cluster-logs`. */
  readonly destination: string;
  readonly clusterId: string;
};

/** Copies a task's output to its cluster's log folder: `<destination>/<cluster id>/driver/stdout` and `stderr`. */
export async function deliverLogs(input: DeliverLogsInput): Promise<void> {
  const { executor, dbfs, jobRunId, destination, clusterId } = input;
  const folder = joinArtifactPath(parseDbfsPath(destination), `${clusterId}/driver`);
  for (const stream of ["stdout", "stderr"] as const) {
    const content = await executor.openLog(jobRunId, stream);
    try {
      await dbfs.write(joinArtifactPath(folder, stream), content);
    } finally {
      content.destroy(); // In case the write fails before it reads anything.
    }
  }
}

/** Dependencies for executing job runs. */
export type JobRunnerContext = {
  readonly jobs: JobStore;
  readonly clusters: ClusterStore;
  readonly sparks: ClusterSparks | undefined;
  /** Loads the executor on the first run, because most servers never have one. */
  readonly loadExecutor: () => Promise<JobExecutor>;
  readonly tokens: JobRunTokens;
  /** Receives cluster logs. */
  readonly dbfs: ArtifactRepository;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: JobOwner;
  /** Retries `store` while the database is unreachable. Gives up when the server closes. */
  untilStored(store: () => Promise<unknown>): Promise<void>;
};

/** Dependencies for executing one job run. */
export type JobRunContext = JobRunnerContext & { readonly executor: JobExecutor };
