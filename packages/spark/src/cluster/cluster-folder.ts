import {
  findDetached,
  identifyProcess,
  isRunning,
  type DetachedProcess,
  type ProcessIdentity,
} from "@flightdeck/compute";
import { AppError, tryParseJson } from "@flightdeck/core";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { formatRemote } from "../connect/remote-address.ts";
import { countWorkers } from "./master-page.ts";
import { HOST } from "./spark-conf.ts";

/** The record of a cluster, stored in its folder. */
export type ClusterRecord = {
  /** The process that started it. */
  readonly startedBy: ProcessIdentity;
  readonly startedAtMs: number;
  /** Whether it started successfully. */
  readonly isReady: boolean;
  readonly workers: number;
  readonly sparkHome: string;
  readonly javaHome: string;
  readonly version: string;
  readonly masterPort: number;
  readonly masterPagePort: number;
  readonly connectPort: number;
  /** The token that clients of the Connect server must send. */
  readonly token: string;
};

const port = z.int().min(1).max(65_535);
const schema = z.object({
  startedBy: z.object({ pid: z.int().positive(), startTime: z.string(), bootId: z.string() }),
  startedAtMs: z.number(),
  isReady: z.boolean(),
  workers: z.int().positive(),
  sparkHome: z.string(),
  javaHome: z.string(),
  version: z.string(),
  masterPort: port,
  masterPagePort: port,
  connectPort: port,
  token: z.string(),
});

/** The programs of a cluster. Each has a folder named after its role. */
export type Role = "master" | "connect" | `worker-${number}`;

/** All roles of a cluster, in the order in which they start. */
export function rolesOf(workers: number): readonly Role[] {
  return [
    "master",
    ...Array.from({ length: workers }, (_, index) => `worker-${index + 1}` as const),
    "connect",
  ];
}

/** How to connect to a cluster. */
export type SparkCluster = {
  readonly folder: string;
  readonly version: string;
  readonly workers: number;
  /** The Connect server for `SPARK_REMOTE` and `sparkTrials`: `sc://127.0.0.1:15002/;token=…`. */
  readonly remote: string;
  /** The master, for applications that use `confDir`: `spark://127.0.0.1:7077`. */
  readonly master: string;
  readonly sparkHome: string;
  readonly javaHome: string;
  /** Value for `SPARK_CONF_DIR`; the folder contains the secret that the master requires. */
  readonly confDir: string;
};

/** The current state of a cluster. */
export type ClusterStatus = SparkCluster & {
  readonly startedAtMs: number;
  /** Whether it is still being started. */
  readonly isStarting: boolean;
  /** Whether it started successfully. */
  readonly isReady: boolean;
  readonly running: readonly Role[];
  /** Programs that should be running but are not. */
  readonly missing: readonly Role[];
  /** How many workers the master counts; undefined if it does not answer. */
  readonly aliveWorkers: number | undefined;
};

/** Returns the state of the cluster in a folder, or undefined if there is none. */
export async function findCluster(given: string): Promise<ClusterStatus | undefined> {
  const folder = resolve(given);
  const record = await findRecord(folder);
  if (record === undefined) return undefined;
  const running = await runningRoles(folder, record.workers);
  return {
    ...clusterOf(folder, record),
    startedAtMs: record.startedAtMs,
    isStarting: !record.isReady && (await isRunning(record.startedBy)),
    isReady: record.isReady,
    running,
    missing: rolesOf(record.workers).filter((role) => !running.includes(role)),
    aliveWorkers: await countWorkers(record.masterPagePort),
  };
}

type Reached = Pick<
  ClusterRecord,
  "version" | "workers" | "sparkHome" | "javaHome" | "connectPort" | "masterPort" | "token"
>;

/** Returns how to connect to the cluster in a folder. */
export function clusterOf(folder: string, record: Reached): SparkCluster {
  const { version, workers, connectPort, masterPort, token, sparkHome, javaHome } = record;
  return {
    folder,
    version,
    workers,
    remote: formatRemote({ host: HOST, port: connectPort }, token),
    master: `spark://${HOST}:${masterPort}`,
    sparkHome,
    javaHome,
    confDir: join(folder, "conf"),
  };
}

/** Returns the variables with which every program of Spark finds its installation and the cluster's configuration. */
export function sparkVariables({ sparkHome, javaHome, confDir }: SparkCluster): Record<string, string> {
  return { SPARK_HOME: sparkHome, JAVA_HOME: javaHome, SPARK_CONF_DIR: confDir, SPARK_LOCAL_IP: HOST };
}

/** The environment for a program that uses a cluster. */
export type ClusterVariables = {
  readonly variables: Readonly<Record<string, string>>;
  /** Entries for PYTHONPATH that make `import pyspark` work. */
  readonly pythonPath: readonly string[];
};

/**
 * Returns the variables with which `SparkSession.builder.getOrCreate()`, and therefore hyperopt's `SparkTrials`, starts
 * an application on the cluster. The Connect server's address is in `FLIGHTDECK_SPARK_REMOTE` rather than
 * `SPARK_REMOTE`: PySpark would use the latter to open a Spark Connect session, which has no `sparkContext`.
 */
export async function clusterVariables(cluster: SparkCluster): Promise<ClusterVariables> {
  const { sparkHome, master, remote } = cluster;
  const lib = join(sparkHome, "python", "lib");
  const zips = (await readdir(lib).catch(() => [])).filter((name) => name.endsWith(".zip"));
  return {
    variables: { ...sparkVariables(cluster), MASTER: master, FLIGHTDECK_SPARK_REMOTE: remote },
    pythonPath: zips.map((name) => join(lib, name)),
  };
}

/** Returns the record of the cluster in a folder, or undefined if there is none. */
export async function findRecord(folder: string): Promise<ClusterRecord | undefined> {
  const file = recordFile(folder);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(tryParseJson(text));
  if (parsed.success) return parsed.data;
  throw new AppError("INVALID_STATE", `${file} does not describe a Spark cluster; remove it`);
}

/** Writes the record, readable only by its owner because it contains the token. */
export async function writeRecord(folder: string, record: Omit<ClusterRecord, "startedBy">): Promise<void> {
  const startedBy = await identifyProcess(process.pid);
  const partial = `${recordFile(folder)}.partial`;
  await writeFile(partial, JSON.stringify({ ...record, startedBy }), { mode: 0o600 });
  await rename(partial, recordFile(folder));
}

/** Returns a program of the cluster, running or not; undefined if it was never started. */
export async function findProgramOf(folder: string, role: Role): Promise<DetachedProcess | undefined> {
  return await findDetached(join(folder, role));
}

/** Returns the roles whose programs are running. */
export async function runningRoles(folder: string, workers: number): Promise<readonly Role[]> {
  const roles = rolesOf(workers);
  const running = await Promise.all(
    roles.map(async (role) => {
      const found = await findProgramOf(folder, role);
      return found !== undefined && (await isRunning(found.supervisor));
    }),
  );
  return roles.filter((_, index) => running[index]);
}

function recordFile(folder: string): string {
  return join(folder, "cluster.json");
}
