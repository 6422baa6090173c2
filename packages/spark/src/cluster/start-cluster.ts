import { type DetachedProcess, isRunning, startDetached, waitForDetached } from "@flightdeck/compute";
import { AppError, invalid, messageOf, sleep, systemClock, throwIfAborted } from "@flightdeck/core";
import { withFolderLock } from "@flightdeck/environments";
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { askVersion } from "../connect/ask-version.ts";
import { CONNECT_PORT_DEFAULT } from "../connect/remote-address.ts";
import {
  clusterOf,
  type ClusterRecord,
  findRecord,
  type Role,
  runningRoles,
  type SparkCluster,
  sparkVariables,
  writeRecord,
} from "./cluster-folder.ts";
import { countWorkers } from "./master-page.ts";
import { takePort } from "./ports.ts";
import { HOST, type SparkConfOptions, writeConf } from "./spark-conf.ts";
import { bringSpark, type BringSparkOptions, sparkVersion, type SparkHome } from "./spark-home.ts";
import { stopCluster } from "./stop-cluster.ts";

/** Where to start a cluster, its size and its ports. */
export type StartClusterOptions = BringSparkOptions & {
  /** Folder for everything the cluster stores; created if missing. Each cluster needs its own. */
  readonly folder: string;
  /** Number of workers; default 2. */
  readonly workers?: number | undefined;
  /** Tasks that a worker runs at once for one application. Default: an equal share of the machine's cores. */
  readonly coresPerWorker?: number | undefined;
  /** Heap size of an executor in MiB; default 1024. Spark itself uses 300 of it. */
  readonly memoryMb?: number | undefined;
  /** Port of the Connect server; default 15002, Spark's own. 0 picks a free one. */
  readonly port?: number | undefined;
  /** Port of the master; default 7077, Spark's own. 0 picks a free one. */
  readonly masterPort?: number | undefined;
  /** Called with a line of text whenever a part of the cluster is up. */
  readonly onLine?: ((line: string) => void) | undefined;
};

/** Defaults for starting a cluster. The ports are Spark's own. */
export const CLUSTER_DEFAULTS: {
  readonly workers: number;
  readonly memoryMb: number;
  readonly port: number;
  readonly masterPort: number;
} = { workers: 2, memoryMb: 1024, port: CONNECT_PORT_DEFAULT, masterPort: 7077 };
/** Each worker is a separate Java process on this machine. */
const WORKERS_MAX = 64;
/**
 * Spark requires 450 MiB per executor. On small machines Java uses the serial collector, which reserves part of the
 * heap.
 */
const MEMORY_MB_MIN = 471;
/**
 * Name of the lock for one user's clusters in the same parent folder, which other users may share. It is held only
 * while a cluster is being recorded.
 */
const LOCK_NAME = `spark-clusters-${userInfo().uid}`;
/** Starting takes 15 s on two idle cores; two minutes have been seen on busy ones. */
const START_MS_MAX = 300_000;
const POLL_MS = 100;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/**
 * The master and workers only pass messages. The Connect server reads the same variable but would not start with so
 * little memory.
 */
const DAEMON = { SPARK_DAEMON_MEMORY: "256m" };
/** Enough log lines to find the error. */
const LOG_LINES = 400;

/**
 * Starts a standalone Spark cluster on this machine: a master, workers and a Connect server, in processes that outlive
 * the caller's. Resolves when the cluster is ready for trials. Cleans up everything if it fails or is cancelled.
 *
 * Throws `RESOURCE_ALREADY_EXISTS` if a cluster is already running in the folder, `INVALID_PARAMETER_VALUE` if a port
 * is in use, with what uses it, and `IO_ERROR` with the program's own error message if a part does not start.
 *
 * @example
 * ```ts
 * const { remote } = await startCluster({ folder: ".flightdeck/spark", workers: 2, env: process.env });
 * ```
 */
export async function startCluster(options: StartClusterOptions): Promise<SparkCluster> {
  const { signal } = options;
  const folder = resolve(options.folder);
  const workers = whole("workers", options.workers ?? CLUSTER_DEFAULTS.workers, 1, WORKERS_MAX);
  const memoryMb = whole("memory in MiB", options.memoryMb ?? CLUSTER_DEFAULTS.memoryMb, MEMORY_MB_MIN);
  const share = Math.max(1, Math.floor(availableParallelism() / workers));
  const coresPerWorker = whole("cores", options.coresPerWorker ?? share, 1);
  const home = await bringSpark(options);
  await makeFolder(dirname(folder));
  const size = { workers, coresPerWorker, memoryMb };
  // If two callers start one at the same time, the second finds the record of the first.
  const lock = join(dirname(folder), LOCK_NAME);
  const record = await withFolderLock(lock, { signal }, async () => await claim(folder, options, home, size));
  const cluster = clusterOf(folder, record);
  const secret = randomBytes(24).toString("hex");
  try {
    await new Start(options, { ...record, ...size, ...cluster, secret, python: home.python }).run();
    throwIfAborted(signal);
    await writeRecord(folder, { ...record, isReady: true });
  } catch (error) {
    await stopCluster(folder);
    throw error;
  }
  return cluster;
}

type Size = Pick<SparkConfOptions, "workers" | "coresPerWorker" | "memoryMb">;
type Claim = Omit<ClusterRecord, "startedBy">;

/** Picks the ports, creates the folder, and records that the cluster is starting. */
async function claim(
  folder: string,
  options: StartClusterOptions,
  home: SparkHome,
  { workers }: Size,
): Promise<Claim> {
  await requireRoom(folder);
  const { port = CLUSTER_DEFAULTS.port, masterPort = CLUSTER_DEFAULTS.masterPort } = options;
  const record = {
    startedAtMs: systemClock.nowMs(),
    isReady: false,
    workers,
    sparkHome: home.sparkHome,
    javaHome: home.javaHome,
    version: await sparkVersion(home),
    connectPort: await takePort({ port, option: "--port", host: HOST }),
    masterPort: await takePort({ port: masterPort, option: "--master-port", host: HOST }),
    masterPagePort: await takePort({ port: 0, option: "", host: HOST }),
    token: randomBytes(24).toString("hex"),
  };
  await rm(folder, { recursive: true, force: true });
  await makeFolder(folder, { mode: 0o700 });
  await writeRecord(folder, record);
  return record;
}

function whole(name: string, value: number, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw invalid(`${name} must be an integer ${range}, got ${value}`);
}

/**
 * The folder must be missing, empty, or left over from a cluster that has stopped. Anything else belongs to someone and
 * would be lost.
 */
async function requireRoom(folder: string): Promise<void> {
  const names = await namesIn(folder);
  const record = await findRecord(folder);
  if (record === undefined && names.length > 0) {
    throw invalid(`the folder of a cluster must be empty or missing, but ${folder} contains ${names[0]}`);
  }
  if (record !== undefined) {
    const isStarting = !record.isReady && (await isRunning(record.startedBy));
    if (isStarting || (await runningRoles(folder, record.workers)).length > 0) {
      const message = `a Spark cluster is already running in ${folder}, on port ${record.connectPort}; stop it first: flightdeck spark stop`;
      throw new AppError("RESOURCE_ALREADY_EXISTS", message);
    }
  }
}

/** Lists a folder; empty if it does not exist. Throws if it is a file or cannot be read. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw invalid(`${folder} cannot be the folder of a cluster: ${messageOf(error)}`, { cause: error });
  });
}

async function makeFolder(folder: string, options: { readonly mode?: number } = {}): Promise<void> {
  await mkdir(folder, { recursive: true, ...options }).catch((cause: unknown) => {
    throw invalid(`${folder} cannot be created: ${messageOf(cause)}`, { cause });
  });
}

type Plan = Claim & SparkConfOptions & SparkCluster & Pick<SparkHome, "python">;

/** Starts the master, then the workers and the Connect server in parallel, and waits until all are up. */
class Start {
  readonly #options: StartClusterOptions;
  readonly #plan: Plan;
  readonly #deadlineMs = performance.now() + START_MS_MAX;

  constructor(options: StartClusterOptions, plan: Plan) {
    this.#options = options;
    this.#plan = plan;
  }

  async run(): Promise<void> {
    const { folder, sparkHome, master, remote, masterPort, masterPagePort } = this.#plan;
    const { connectPort, workers, coresPerWorker, memoryMb } = this.#plan;
    await writeConf(this.#plan);
    const say = this.#options.onLine ?? (() => undefined);
    const page = (port: number): string[] => ["--host", HOST, "--webui-port", String(port)];
    const sparkClass = join(sparkHome, "bin", "spark-class");
    const masterClass = "org.apache.spark.deploy.master.Master";
    const masterArgs = [masterClass, ...page(masterPagePort), "--port", String(masterPort)];
    const masterProgram = await this.#spawn("master", [sparkClass, ...masterArgs]);
    await this.#until(
      "master",
      masterProgram,
      async () => (await countWorkers(masterPagePort)) !== undefined,
    );
    say(`master at ${master}`);
    const connectClass = "org.apache.spark.sql.connect.service.SparkConnectServer";
    const submit = join(sparkHome, "bin", "spark-submit");
    const connect = await this.#spawn("connect", [submit, "--class", connectClass, "spark-internal"]);
    const workerClass = "org.apache.spark.deploy.worker.Worker";
    const offer = ["--cores", String(2 * coresPerWorker), "--memory", `${2 * memoryMb}m`];
    for (let index = 1; index <= workers; index++) {
      const workDir = ["--work-dir", join(folder, "work", String(index))];
      const workerArgs = [workerClass, ...page(0), ...offer, ...workDir, master];
      await this.#spawn(`worker-${index}`, [sparkClass, ...workerArgs]);
    }
    await this.#until(
      "master",
      masterProgram,
      async () => ((await countWorkers(masterPagePort)) ?? 0) >= workers,
    );
    say(`${workers} worker${workers === 1 ? "" : "s"}`);
    const answers = async (): Promise<boolean> =>
      (await askVersion(remote).catch(() => undefined)) !== undefined;
    await this.#until("connect", connect, answers);
    say(`Spark Connect at port ${connectPort}`);
  }

  async #spawn(role: Role, argv: readonly [string, ...string[]]): Promise<DetachedProcess> {
    const { folder } = this.#plan;
    const own = join(folder, role);
    await mkdir(own);
    return await startDetached({
      argv,
      cwd: folder,
      env: { ...environmentOf(this.#plan, this.#options.env), ...(role !== "connect" && DAEMON) },
      folder: own,
      outputBytesMax: OUTPUT_BYTES_MAX,
    });
  }

  /** Waits until a program answers. If it exits first, throws its own error message. */
  async #until(role: Role, program: DetachedProcess, answers: () => Promise<boolean>): Promise<void> {
    const { signal } = this.#options;
    let ended = false;
    const watching = new AbortController();
    const watched = waitForDetached(program, watching.signal).then(
      () => (ended = true),
      () => undefined,
    );
    try {
      while (!(await answers())) {
        throwIfAborted(signal);
        if (ended)
          throw new AppError("IO_ERROR", `Spark's ${role} did not start: ${await complaintOf(program)}`);
        if (performance.now() > this.#deadlineMs) {
          const seconds = START_MS_MAX / 1000;
          throw new AppError(
            "DEADLINE_EXCEEDED",
            `Spark's ${role} did not answer within ${seconds} s: ${await complaintOf(program)}`,
          );
        }
        await sleep(POLL_MS, signal);
      }
    } finally {
      watching.abort();
      await watched;
    }
  }
}

/** Keeps only what Spark needs, so that the caller's other variables, such as tokens, do not reach every trial. */
function environmentOf(plan: Plan, env: StartClusterOptions["env"]): Record<string, string> {
  const kept = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"];
  const own = Object.fromEntries(
    kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
  return {
    ...own,
    ...sparkVariables(plan),
    SPARK_PUBLIC_DNS: HOST,
    SPARK_NO_DAEMONIZE: "1",
    // Trials run in this Node, because PATH may have none or an old one; see NodeWorker.java.
    FLIGHTDECK_NODE: process.execPath,
    ...(plan.python !== undefined && { PYSPARK_PYTHON: plan.python }),
  };
}

/** Returns the line of a program's log that says why it failed. */
async function complaintOf({ folder }: DetachedProcess): Promise<string> {
  const text = await readFile(join(folder, "stderr"), "utf8").catch(() => "");
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-LOG_LINES);
  const patterns = [/^Caused by: /, /^Exception in thread /, / ERROR /];
  const told =
    patterns.map((each) => lines.findLast((line) => each.test(line))).find((it) => it !== undefined) ??
    lines.at(-1);
  return told?.trim() ?? "it printed nothing";
}
