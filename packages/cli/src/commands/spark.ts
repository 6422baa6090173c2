import { AppError } from "@flightdeck/core";
import {
  CLUSTER_DEFAULTS,
  type ClusterStatus,
  findCluster,
  startCluster,
  stopCluster,
} from "@flightdeck/spark";
import type { Command } from "commander";
import { join } from "node:path";
import { dataDirOf } from "../data-dir.ts";
import { formatTime } from "../output/format.ts";
import { note, printFields, printJson, printResult } from "../output/print.ts";
import { showEnvironment } from "../output/progress.ts";
import { watchStopSignals } from "../stop-signals.ts";
import { JSON_OPTION, type JsonFlag, parseCount, parsePort } from "./options.ts";

type ClusterFlags = JsonFlag & { readonly dir?: string | undefined };
type StartFlags = ClusterFlags & {
  readonly workers: number;
  readonly cores?: number | undefined;
  readonly memory: number;
  readonly port: number;
  readonly masterPort: number;
};

const DIR_OPTION = ["--dir <DIR>", "Folder of the cluster (default: spark in the data folder)."] as const;

/** `flightdeck spark …`: manages a Spark cluster on this machine. */
export function defineSpark(spark: Command): void {
  spark
    .command("start")
    .description("Start the cluster and print the address of Spark Connect.")
    .option("--workers <INTEGER>", "Number of workers.", parseCount, CLUSTER_DEFAULTS.workers)
    .option(
      "--cores <INTEGER>",
      "Number of tasks that a worker runs at the same time (default: an equal share of the cores).",
      parseCount,
    )
    .option("--memory <MIB>", "Heap size of each executor, in MiB.", parseCount, CLUSTER_DEFAULTS.memoryMb)
    .option(
      "--port <INTEGER>",
      "Port of Spark Connect; 0 picks a free one.",
      parsePort,
      CLUSTER_DEFAULTS.port,
    )
    .option(
      "--master-port <INTEGER>",
      "Port of the master; 0 picks a free one.",
      parsePort,
      CLUSTER_DEFAULTS.masterPort,
    )
    .option(...DIR_OPTION)
    .option(...JSON_OPTION)
    .action(startSpark);
  spark
    .command("status")
    .description("Show whether the cluster is running, and its addresses.")
    .option(...DIR_OPTION)
    .option(...JSON_OPTION)
    .action(showSpark);
  spark
    .command("stop")
    .description("Stop the cluster and everything running on it.")
    .option(...DIR_OPTION)
    .option(...JSON_OPTION)
    .action(stopSpark);
}

/** Starts a cluster and prints the address of its Connect server. Ctrl-C leaves nothing behind. */
async function startSpark({ cores, memory, json, ...flags }: StartFlags): Promise<void> {
  const stop = watchStopSignals();
  try {
    const cluster = await startCluster({
      ...flags,
      folder: folderOf(flags),
      coresPerWorker: cores,
      memoryMb: memory,
      env: process.env,
      signal: stop.signal,
      onProgress: showEnvironment(),
      onLine: note,
    });
    note(`Spark ${cluster.version} is ready; the address holds its token, so keep it to yourself`);
    printResult(json, cluster.remote, cluster);
  } finally {
    stop.dispose();
  }
}

async function showSpark(flags: ClusterFlags): Promise<void> {
  const cluster = await findCluster(folderOf(flags));
  if (cluster === undefined) throw noCluster(flags);
  if (flags.json) printJson(cluster);
  else printFields(Object.entries(describe(cluster)));
}

async function stopSpark(flags: ClusterFlags): Promise<void> {
  if ((await findCluster(folderOf(flags))) === undefined) throw noCluster(flags);
  const { stopped } = await stopCluster(folderOf(flags));
  const text = stopped.length === 0 ? "nothing was running" : `stopped ${stopped.join(", ")}`;
  printResult(flags.json, text, { stopped });
}

function describe(cluster: ClusterStatus): Readonly<Record<string, string>> {
  const { running, missing, workers, aliveWorkers, version, remote, master, startedAtMs, folder } = cluster;
  return {
    State:
      missing.length === 0 ? "running" : `broken: ${missing.join(", ")} ended; see the logs in ${folder}`,
    Spark: version,
    Connect: remote,
    Master: master,
    Workers: `${aliveWorkers ?? 0} of ${workers}`,
    Programs: running.join(", ") || "none",
    Since: formatTime(startedAtMs),
  };
}

function folderOf({ dir }: ClusterFlags): string {
  return dir ?? join(dataDirOf({}), "spark");
}

function noCluster(flags: ClusterFlags): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `there is no Spark cluster in ${folderOf(flags)}`);
}
