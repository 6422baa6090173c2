import type { ArtifactRepository } from "@flightdeck/artifacts";
import { identifyProcess, isRunning, type ProcessIdentity } from "@flightdeck/compute";
import { type Clock, isAppError, newId, sleep } from "@flightdeck/core";
import type { JobOwner, OwnedJobRun, Store } from "@flightdeck/store";
import { readlink } from "node:fs/promises";
import { availableParallelism, hostname } from "node:os";
import type { Logger } from "pino";
import { ClusterSparks, type SparkLauncher } from "./cluster-sparks.ts";
import { lostState, type StopReason } from "./end-of-job-run.ts";
import type { JobExecutor } from "./execution/job-executor.ts";
import { JobRunTokens } from "./job-run-tokens.ts";
import { type JobRunnerContext, JobRunUnderWay } from "./job-run-under-way.ts";

/**
 * How long a server must be silent before others may take over its runs. It renews its lease four times in this period.
 */
const LEASE_MS = 60_000;
const LEASE_RENEWAL_MS = 15_000;
/** How often to check for dead servers. */
const RECOVERY_MS = 5000;
/** How often to check for Sparks of clusters that any server has terminated. */
const TIDY_MS = 5000;
/** How often to check for changes by other servers: new runs when idle, cancellations while runs are active. */
const POLL_IDLE_MS = 1000;
const POLL_BUSY_MS = 250;
/** The delay between attempts to store a run's end while the database is unreachable. */
const STORE_RETRY_MS = 1000;

/** The job functions that handlers use. */
export type JobServices = {
  /** Whether anyone who can reach the server may run jobs. */
  readonly mayAllRunJobs: boolean;
  readonly loadExecutor: () => Promise<JobExecutor>;
  /** Signals that a run was queued. */
  wake(): void;
  /** Cancels a run that this server executes. */
  cancel(jobRunId: number, message: string): void;
  /** Starts executing runs. Their tasks reach this server at `url`. */
  start(url: string): Promise<void>;
  close(): Promise<void>;
};

export type JobServicesInput = {
  readonly store: Store;
  readonly dbfs: ArtifactRepository;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: JobOptions;
  /** Whether the server requires tokens, so that a task without one could do nothing. */
  readonly needsLogin: boolean;
};

/** How a server runs the jobs of its workspace. */
export type JobOptions = {
  /**
   * Maximum number of concurrent job runs. With 0, this server only queues them for another server to run. Default: the
   * number of cores.
   */
  readonly maxParallel?: number | undefined;
  /**
   * Lets anyone who can reach a server without `auth: "token"` run jobs, including other users of this machine.
   * Otherwise jobs need an admin's token on such a server too. Default: false.
   */
  readonly allow?: boolean | undefined;
  /** Starts Spark for clusters with workers. Without it, their tasks have no Spark. */
  readonly spark?: SparkLauncher | undefined;
};

/** Sets up the running of jobs. Nothing runs until `start`. */
export function openJobs(input: JobServicesInput): JobServices {
  const { store, dbfs, dataDir, clock, logger, options, needsLogin } = input;
  const { maxParallel = availableParallelism() } = options;
  const tokens = new JobRunTokens(store.workspace, { needsLogin });
  let serverUrl = "";
  let loading: Promise<JobExecutor> | undefined;
  const load = async (): Promise<JobExecutor> => {
    const { JobExecutor } = await import("./execution/job-executor.ts");
    return new JobExecutor({ dataDir, serverUrl: () => serverUrl, logger });
  };
  const loadExecutor = (): Promise<JobExecutor> => (loading ??= load());
  const { clusters } = store;
  const sparks = options.spark && new ClusterSparks({ launcher: options.spark, dataDir, clusters, logger });
  let running: { readonly runner: JobRunner; readonly owner: JobOwner } | undefined;
  return {
    mayAllRunJobs: options.allow === true,
    loadExecutor,
    wake: () => running?.runner.wake(),
    cancel: (jobRunId, message) => running?.runner.cancel(jobRunId, message),
    start: async (url) => {
      serverUrl = url;
      const owner = await identifyServer();
      const context = {
        jobs: store.jobs,
        clusters,
        sparks,
        loadExecutor,
        tokens,
        dbfs,
        clock,
        logger,
        owner,
      };
      running = { runner: new JobRunner({ context, maxParallel }), owner };
      running.runner.start();
    },
    close: async () => {
      if (running === undefined) return;
      await running.runner.close();
      forgetServer(running.owner);
    },
  };
}

export type JobRunnerOptions = {
  readonly context: Omit<JobRunnerContext, "untilStored">;
  /** Maximum number of concurrent runs; with 0, it takes none from the queue. */
  readonly maxParallel: number;
};

/**
 * Takes runs from the queue, first in, first out, and executes up to `maxParallel` at a time. Holds its runs by a
 * lease, and takes over those of dead servers.
 */
export class JobRunner {
  readonly #context: JobRunnerContext;
  readonly #maxParallel: number;
  readonly #closing = new AbortController();
  readonly #underWay = new Map<number, JobRunUnderWay>();
  readonly #ends = new Set<Promise<void>>();
  #isWoken = false;
  #endPause: () => void = () => {};
  #loop: Promise<void> | undefined;
  #renewAtMs = 0;
  #recoverAtMs = 0;
  #tidyAtMs = 0;

  constructor({ context, maxParallel }: JobRunnerOptions) {
    this.#context = { ...context, untilStored: (store) => this.#untilStored(store) };
    this.#maxParallel = maxParallel;
  }

  start(): void {
    this.#loop ??= this.#lookAgainAndAgain();
  }

  /** Checks the queue immediately. */
  wake(): void {
    this.#isWoken = true;
    this.#endPause();
  }

  /** Cancels a run immediately if this server executes it; any other server finds out by polling. */
  cancel(jobRunId: number, message: string): void {
    this.#underWay.get(jobRunId)?.stop({ kind: "cancelled", message });
  }

  /** Started tasks continue, and the next server takes them over. Runs still being prepared go back to the queue. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.wake();
    await this.#loop;
    const { size } = this.#underWay;
    if (size > 0)
      this.#context.logger.warn({ runs: size }, "job runs continue; the next server takes them over");
    await this.#stopAll({ kind: "closing" });
    await this.#closeSparks();
  }

  async #lookAgainAndAgain(): Promise<void> {
    const { logger } = this.#context;
    while (!this.#closing.signal.aborted) {
      try {
        await this.#look();
      } catch (error) {
        logger.error({ err: error }, "the job queue could not be read");
      }
      await this.#pause();
    }
  }

  async #look(): Promise<void> {
    await this.#renewLease();
    await this.#stopCancelled();
    await this.#recover();
    this.#tidySparks();
    while (this.#underWay.size < this.#maxParallel && !this.#closing.signal.aborted) {
      const owned = await this.#context.jobs.claimNextRun(this.#context.owner, LEASE_MS);
      if (owned === undefined) return;
      await this.#begin(owned, { isTakenOver: false });
    }
  }

  async #begin(owned: OwnedJobRun, { isTakenOver }: { readonly isTakenOver: boolean }): Promise<void> {
    const { runId: jobRunId } = owned.run;
    const executor = await this.#context.loadExecutor();
    const underWay = new JobRunUnderWay({ ...this.#context, executor }, owned, isTakenOver);
    this.#underWay.set(jobRunId, underWay);
    const ended = underWay.carryOut().finally(() => {
      this.#underWay.delete(jobRunId);
      this.#ends.delete(ended);
      this.#tidyAtMs = 0; // Its cluster may have ended too.
      this.wake();
    });
    this.#ends.add(ended);
  }

  /** A server that was suspended for longer than its lease may have lost runs to others. */
  async #renewLease(): Promise<void> {
    const { jobs, owner, clock } = this.#context;
    if (this.#underWay.size === 0 || clock.nowMs() < this.#renewAtMs) return;
    this.#renewAtMs = clock.nowMs() + LEASE_RENEWAL_MS;
    if (await jobs.renewLease(owner.ownerId, LEASE_MS)) return;
    this.#context.logger.warn("the lease on job runs expired; another server has taken them over");
    await this.#stopAll({ kind: "taken over" });
  }

  /** Stops runs that were cancelled through another server. */
  async #stopCancelled(): Promise<void> {
    if (this.#underWay.size === 0) return;
    for (const { run, cancelMessage } of await this.#context.jobs.listOwnedRuns(
      this.#context.owner.ownerId,
    )) {
      if (cancelMessage !== undefined) this.cancel(run.runId, cancelMessage);
    }
  }

  /** Takes over runs of dead servers: of those on this host at once, of others when their lease has expired. */
  async #recover(): Promise<void> {
    const { jobs, owner, clock } = this.#context;
    if (this.#maxParallel === 0 || clock.nowMs() < this.#recoverAtMs) return;
    this.#recoverAtMs = clock.nowMs() + RECOVERY_MS;
    for (const other of await jobs.listOwners()) {
      if (other.ownerId === owner.ownerId) continue;
      const isHere = other.host === owner.host;
      const isDead = isHere && (await hasEnded(other));
      if (!isDead && other.leaseUntilMs > clock.nowMs()) continue;
      const input = { owner, leaseMs: LEASE_MS, fromOwnerId: other.ownerId, isDead };
      for (const owned of await jobs.takeOver(input)) {
        if (isHere) await this.#begin(owned, { isTakenOver: true });
        else await this.#lose(owned, `${describeOwner(other)}, which was running it, has stopped responding`);
      }
    }
  }

  #tidySparks(): void {
    const { sparks, clock } = this.#context;
    if (sparks === undefined || clock.nowMs() < this.#tidyAtMs) return;
    this.#tidyAtMs = clock.nowMs() + TIDY_MS;
    sparks.tidy();
  }

  async #closeSparks(): Promise<void> {
    const { sparks, jobs, owner } = this.#context;
    if (sparks === undefined) return;
    const goingOn = await jobs.listOwnedRuns(owner.ownerId);
    await sparks.close(new Set(goingOn.flatMap(({ run }) => run.clusterId ?? [])));
  }

  /** Ends a run as lost, because this server cannot see a task on another machine. */
  async #lose({ run, tokenId }: OwnedJobRun, reason: string): Promise<void> {
    const { jobs, owner, tokens } = this.#context;
    await tokens.revoke(tokenId);
    await jobs.finishRun(owner.ownerId, run.runId, lostState(reason, ""));
  }

  async #stopAll(reason: StopReason): Promise<void> {
    for (const underWay of this.#underWay.values()) underWay.stop(reason);
    await Promise.all(this.#ends);
  }

  /** Waits until `wake` is called or it is time to poll for changes by other servers. */
  async #pause(): Promise<void> {
    const woken = new AbortController();
    this.#endPause = () => woken.abort();
    if (this.#isWoken) woken.abort();
    const ms = this.#underWay.size > 0 ? POLL_BUSY_MS : POLL_IDLE_MS;
    await sleep(ms, woken.signal).catch(() => undefined); // Woken early.
    this.#isWoken = false;
  }

  async #untilStored(store: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await store();
        return;
      } catch (error) {
        if (!isAppError(error, "TEMPORARILY_UNAVAILABLE")) throw error;
        await sleep(STORE_RETRY_MS, this.#closing.signal);
      }
    }
  }
}

/** Servers running in this process; tests start several. */
const LIVE_HERE = new Set<string>();

type ServerProcess = ProcessIdentity & { readonly hostname: string };

/** Creates a new identity with which this server owns runs. It counts as running until `forgetServer`. */
export async function identifyServer(): Promise<JobOwner> {
  const identity = (await identifyProcess(process.pid)) ?? { pid: process.pid, startTime: "", bootId: "" };
  const ownerId = newId();
  LIVE_HERE.add(ownerId);
  return {
    ownerId,
    host: await hostOf(identity.bootId),
    process: { ...identity, hostname: hostname() },
  };
}

export function forgetServer({ ownerId }: JobOwner): void {
  LIVE_HERE.delete(ownerId);
}

/** Whether another server on the same host has ended. */
export async function hasEnded({ ownerId, process: document }: JobOwner): Promise<boolean> {
  const other = document as ServerProcess; // Written only by `identifyServer`.
  if (!(await isRunning(other))) return true;
  return other.pid === process.pid && !LIVE_HERE.has(ownerId);
}

/** An owner's name for messages. */
export function describeOwner({ process: document }: JobOwner): string {
  const { pid, hostname: name } = document as ServerProcess; // As above.
  return `process ${pid} of ${name}`;
}

/**
 * Processes can only see each other with the same kernel and process namespace, which a machine's containers do not
 * share.
 */
async function hostOf(bootId: string): Promise<string> {
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return `${bootId} ${namespace} ${hostname()}`;
}
