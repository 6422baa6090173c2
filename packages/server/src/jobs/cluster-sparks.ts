import { AppError, isAppError, messageOf, unlessAborted } from "@flightdeck/core";
import type { Cluster, ClusterSpecWire } from "@flightdeck/protocol";
import type { ClusterStore } from "@flightdeck/store";
import { mkdir, readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";

/** How programs connect to a Spark. */
export type TaskSpark = {
  readonly version: string;
  readonly workers: number;
  readonly sparkHome: string;
  /** Environment variables for programs that use it, such as `SPARK_HOME` and `MASTER`. */
  readonly variables: Readonly<Record<string, string>>;
  /** Entries of PYTHONPATH that make `import pyspark` work. */
  readonly pythonPath: readonly string[];
};

/** A Spark that was started in a given folder. */
export type FoundSpark = TaskSpark & {
  readonly startedAtMs: number;
  /** Whether programs can use it now. */
  readonly isUsable: boolean;
  /** Whether a process is still starting it. */
  readonly isStarting: boolean;
};

/**
 * Starts Sparks that outlive this server. Implemented in a package above this one, so it is passed in through the
 * options.
 */
export type SparkLauncher = {
  /** Resolves when the Spark is usable. Leaves nothing behind if it fails or is cancelled. */
  start(options: StartSparkOptions): Promise<TaskSpark>;
  /** Undefined if none was started in the folder. */
  find(folder: string): Promise<FoundSpark | undefined>;
  /** Ends all of its programs and removes the folder. Does nothing if there is none. */
  stop(folder: string): Promise<void>;
};

/** How to start a Spark. */
export type StartSparkOptions = {
  readonly folder: string;
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
};

export type ClusterSparksOptions = {
  readonly launcher: SparkLauncher;
  readonly dataDir: string;
  readonly clusters: ClusterStore;
  readonly logger: Logger;
};

/** Each runs a JVM for itself, one for its master and one per worker. */
const SPARKS_MAX = 8;

/** The number of Spark workers of a cluster: as many as requested, but at most one per core. 0 means no Spark. */
export function sparkWorkersOf({ num_workers: workers = 0 }: ClusterSpecWire): number {
  return Math.max(0, Math.min(workers, availableParallelism()));
}

type Starting = { readonly spark: Promise<TaskSpark>; readonly abort: AbortController };

/**
 * The Sparks of the workspace's clusters on this machine, each in a folder named by the cluster's id. A Spark starts
 * with its cluster's first job and is shared by the cluster's jobs. When the cluster stops running, the next server
 * that looks ends its Spark, so none is left over even if the server that started it is killed.
 */
export class ClusterSparks {
  readonly #options: ClusterSparksOptions;
  readonly #root: string;
  readonly #starting = new Map<string, Starting>();
  #tidying: Promise<void> | undefined;

  constructor(options: ClusterSparksOptions) {
    this.#options = options;
    this.#root = join(options.dataDir, "clusters");
  }

  /** Returns a cluster's Spark, starting it if necessary. If a caller aborts, the start continues for others. */
  async ensure(clusterId: string, options: Omit<StartSparkOptions, "folder">): Promise<TaskSpark> {
    const known = this.#starting.get(clusterId);
    if (known !== undefined) return await unlessAborted(known.spark, options.signal);
    const abort = new AbortController();
    const spark = this.#start(clusterId, { ...options, signal: abort.signal }).finally(() =>
      this.#starting.delete(clusterId),
    );
    this.#starting.set(clusterId, { spark, abort });
    return await unlessAborted(spark, options.signal);
  }

  async #start(clusterId: string, options: Omit<StartSparkOptions, "folder">): Promise<TaskSpark> {
    const { launcher } = this.#options;
    const folder = join(this.#root, clusterId);
    const found = await launcher.find(folder);
    if (found?.isUsable === true) return found;
    await launcher.stop(folder); // Cleans up a Spark that lost its master or is from an earlier boot.
    if ((await this.#ids()).length >= SPARKS_MAX) {
      const message = `${SPARKS_MAX} clusters with Spark run on this machine already; terminate one`;
      throw new AppError("RESOURCE_EXHAUSTED", message);
    }
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    try {
      return await launcher.start({ ...options, folder });
    } catch (cause) {
      const code = isAppError(cause) ? cause.code : "INTERNAL_ERROR";
      const message = `Spark could not be started for the cluster's workers: ${messageOf(cause)}; set num_workers to 0 for a cluster without Spark`;
      throw new AppError(code, message, { cause });
    }
  }

  /** Ends, in the background, the Sparks of clusters that have stopped, restarted or changed size. */
  tidy(): void {
    this.#tidying ??= this.#stopAllBut((id) => this.#mayGoOn(id)).finally(() => (this.#tidying = undefined));
  }

  /** Ends all Sparks except those used by tasks that continue without this server. */
  async close(clustersInUse: ReadonlySet<string>): Promise<void> {
    await this.#tidying;
    const starting = [...this.#starting.values()];
    for (const { abort } of starting) abort.abort();
    await Promise.allSettled(starting.map(({ spark }) => spark));
    await this.#stopAllBut(async (id) => clustersInUse.has(id));
  }

  /** Never rejects. */
  async #stopAllBut(isKept: (clusterId: string) => Promise<boolean>): Promise<void> {
    for (const id of await this.#ids()) {
      try {
        if (await isKept(id)) continue;
        const starting = this.#starting.get(id);
        starting?.abort.abort();
        await starting?.spark.catch(() => undefined); // Reported to those who await it.
        await this.#options.launcher.stop(join(this.#root, id));
      } catch (error) {
        this.#options.logger.error({ err: error, clusterId: id }, "a cluster's Spark could not be ended");
      }
    }
  }

  async #mayGoOn(clusterId: string): Promise<boolean> {
    const cluster = await this.#findCluster(clusterId);
    if (cluster?.state !== "RUNNING") return false;
    if (this.#starting.has(clusterId)) return true;
    const found = await this.#options.launcher.find(join(this.#root, clusterId));
    if (found === undefined || !(found.isUsable || found.isStarting)) return false;
    const { startTimeMs, lastRestartedTimeMs = 0, spec } = cluster;
    const isOfThisStart = found.startedAtMs >= Math.max(startTimeMs, lastRestartedTimeMs);
    return isOfThisStart && found.workers === sparkWorkersOf(spec);
  }

  async #findCluster(clusterId: string): Promise<Cluster | undefined> {
    return await this.#options.clusters.getCluster(clusterId).catch((error: unknown) => {
      if (isAppError(error, "INVALID_PARAMETER_VALUE")) return undefined; // Deleted permanently.
      throw error;
    });
  }

  async #ids(): Promise<readonly string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true }).catch(() => []); // Created with the first one.
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }
}
