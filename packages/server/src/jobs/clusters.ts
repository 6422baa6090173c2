import {
  type Cluster,
  clusterEventToWire,
  type ClusterSpecWire,
  clusterToWire,
  type JobRun,
  LIMITS,
} from "@flightdeck/protocol";
import type { ClusterStore } from "@flightdeck/store";
import { readdirSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import type { Handlers } from "../calls/handler.ts";
import { checkMayRunJobs } from "../identity/principal.ts";
import { sparkWorkersOf } from "./cluster-sparks.ts";
import { checkLogDestination, pageSize } from "./job-requests.ts";

type ClusterHandlers = Pick<
  Handlers,
  | "createCluster"
  | "editCluster"
  | "getCluster"
  | "listClusters"
  | "startCluster"
  | "restartCluster"
  | "deleteCluster"
  | "permanentDeleteCluster"
  | "listClusterEvents"
  | "listSparkVersions"
  | "listNodeTypes"
  | "listZones"
>;

export function clusterHandlers({ mayAllRunJobs }: { readonly mayAllRunJobs: boolean }): ClusterHandlers {
  return {
    createCluster: async (spec, { store, principal }) => {
      checkMayRunJobs(mayAllRunJobs, principal);
      checkLogDestination(spec);
      const stateMessage = describeMapping(spec, thisMachine());
      const input = { spec, creatorUserName: principal.name, stateMessage };
      return { cluster_id: (await store.clusters.createCluster(input)).clusterId };
    },
    editCluster: async ({ cluster_id: clusterId, ...spec }, { store, principal }) => {
      checkMayRunJobs(mayAllRunJobs, principal);
      checkLogDestination(spec);
      const stateMessage = describeMapping(spec, thisMachine());
      await store.clusters.editCluster(clusterId, { userName: principal.name, spec, stateMessage });
      return {};
    },
    getCluster: async ({ cluster_id: clusterId }, { store }) =>
      clusterToWire(await store.clusters.getCluster(clusterId), thisMachine()),
    listClusters: async (request, { store }) => {
      const page = await store.clusters.listClusters({
        maxResults: pageSize("page_size", request.page_size, {
          max: LIMITS.listClustersResultsMax,
          byDefault: LIMITS.listClustersResultsDefault,
        }),
        sources: request["filter_by.cluster_sources"],
        states: request["filter_by.cluster_states"],
        pageToken: request.page_token,
      });
      const machine = thisMachine();
      return {
        clusters: page.items.map((cluster) => clusterToWire(cluster, machine)),
        next_page_token: page.nextPageToken,
      };
    },
    startCluster: async ({ cluster_id: clusterId }, { store, principal }) => {
      await store.clusters.startCluster(clusterId, { userName: principal.name });
      return {};
    },
    restartCluster: async ({ cluster_id: clusterId }, { store, principal }) => {
      await store.clusters.restartCluster(clusterId, { userName: principal.name });
      return {};
    },
    deleteCluster: async ({ cluster_id: clusterId }, { store, principal }) => {
      await store.clusters.terminateCluster(clusterId, { userName: principal.name });
      return {};
    },
    permanentDeleteCluster: async ({ cluster_id: clusterId }, { store }) => {
      await store.clusters.permanentlyDeleteCluster(clusterId);
      return {};
    },
    listClusterEvents: async (request, { store }) => {
      const { cluster_id: clusterId, offset } = request;
      const maxResults = pageSize("limit", request.limit, {
        max: LIMITS.clusterEventsResultsMax,
        byDefault: LIMITS.clusterEventsResultsDefault,
      });
      const { events, totalCount } = await store.clusters.listClusterEvents({
        clusterId,
        isAscending: request.order === "ASC",
        types: request.event_types,
        offset: Math.max(0, offset),
        maxResults,
        startTimeMs: request.start_time,
        endTimeMs: request.end_time,
      });
      const next = offset + maxResults;
      return {
        events: events.map((event) => clusterEventToWire(clusterId, event)),
        total_count: totalCount,
        next_page: next < totalCount ? { ...request, offset: next, limit: maxResults } : undefined,
      };
    },
    listSparkVersions: async () => ({ versions: SPARK_VERSIONS }),
    listNodeTypes: async () => {
      const machine = thisMachine();
      const nodeType = {
        node_type_id: LOCAL,
        instance_type_id: LOCAL,
        description: `This machine: ${describeMachine(machine)}`,
        category: "General Purpose",
        memory_mb: machine.memoryMb,
        num_cores: machine.cores,
        num_gpus: machine.gpus,
        node_instance_type: { instance_type_id: LOCAL },
      };
      return { node_types: [nodeType] };
    },
    listZones: async () => ({ zones: [LOCAL], default_zone: LOCAL }),
  };
}

/** This machine's name as node type and zone. Other names are accepted as synonyms. */
const LOCAL = "local";

/**
 * Any version is accepted; with workers, it is always this server's Spark. The keys have the format that clients expect
 * when they select a version.
 */
const SPARK_VERSIONS: { key: string; name: string }[] = [
  { key: "16.4.x-scala2.12", name: "16.4 LTS (this machine's Python)" },
  { key: "16.4.x-cpu-ml-scala2.12", name: "16.4 LTS ML (this machine's Python)" },
  { key: "16.4.x-gpu-ml-scala2.12", name: "16.4 LTS ML (GPU; this machine's Python)" },
];

/** The parts of a cluster that a job run uses. */
export type JobRunCluster = {
  readonly clusterId?: string | undefined;
  readonly sparkEnvVars?: Readonly<Record<string, string>> | undefined;
  /** The number of Spark workers; 0 for no Spark. */
  readonly sparkWorkers: number;
  /** The DBFS folder for its logs. */
  readonly logDestination?: string | undefined;
  /** How the cluster's definition and the run's own fields were mapped to this machine. */
  readonly note: string;
};

/**
 * Creates the new cluster that a run asks for, or gets the existing cluster that it names, starting it if necessary.
 */
export async function prepareCluster(clusters: ClusterStore, run: JobRun): Promise<JobRunCluster> {
  const { spec, clusterId } = run;
  const cluster =
    clusterId === undefined ? await openCluster(clusters, run) : await clusters.getCluster(clusterId);
  const destination = cluster.spec.cluster_log_conf?.dbfs?.destination;
  return {
    clusterId: cluster.clusterId,
    sparkEnvVars: cluster.spec.spark_env_vars ?? {},
    sparkWorkers: sparkWorkersOf(cluster.spec),
    logDestination: destination,
    note: [cluster.stateMessage, withoutEffect(spec.withoutEffect)].filter(Boolean).join(" "),
  };
}

async function openCluster(clusters: ClusterStore, run: JobRun): Promise<Cluster> {
  const { runId: jobRunId, creatorUserName, spec } = run;
  if ("newCluster" in spec.cluster) {
    const { newCluster } = spec.cluster;
    const stateMessage = describeMapping(newCluster, thisMachine());
    return await clusters.createCluster({ spec: newCluster, creatorUserName, stateMessage, runId: jobRunId });
  }
  const { existingClusterId } = spec.cluster;
  await clusters.startCluster(existingClusterId, { userName: creatorUserName });
  return await clusters.getCluster(existingClusterId);
}

function withoutEffect(names: readonly string[]): string {
  return names.length === 0 ? "" : `No effect here, of the run: ${names.join(", ")}.`;
}

/**
 * Describes how a cluster's definition maps to this machine: what was requested, what is available, and which fields
 * have no effect. It is shown in the `state_message` of the cluster and of each run, so that nobody who asked for GPUs
 * and eight machines is misled.
 */
export function describeMapping(spec: ClusterSpecWire, machine: Machine): string {
  const asked = [describeNodes(spec), spec.spark_version].filter(Boolean).join(", ");
  const ignored = fieldsWithoutEffect(spec);
  return [
    `Asked for ${asked || "any machine"}; got this machine: ${describeMachine(machine)}, driver and workers in one.`,
    ...(ignored.length === 0 ? [] : [`No effect here: ${ignored.join(", ")}.`]),
  ].join(" ");
}

function describeNodes(spec: ClusterSpecWire): string {
  const { num_workers: workers, autoscale, node_type_id: type } = spec;
  const count = autoscale === undefined ? workers?.toString() : rangeOf(autoscale);
  const driver = spec.driver_node_type_id ?? type;
  return [
    ...(driver === undefined ? [] : [`a driver of ${driver}`]),
    ...(count === undefined
      ? []
      : [`${count} ${count === "1" ? "worker" : "workers"}${type === undefined ? "" : ` of ${type}`}`]),
  ].join(" and ");
}

function rangeOf({ min_workers: min, max_workers: max }: NonNullable<ClusterSpecWire["autoscale"]>): string {
  return `${min ?? "?"} to ${max ?? "?"}`;
}

/** Fields that have an effect, that only name the cluster, or that `describeNodes` mentions. */
const HANDLED: ReadonlySet<string> = new Set([
  "cluster_name",
  "cluster_source",
  "spark_version",
  "node_type_id",
  "driver_node_type_id",
  "num_workers",
  "autoscale",
  "spark_env_vars",
  "custom_tags",
  "cluster_log_conf",
]);

function fieldsWithoutEffect(spec: ClusterSpecWire): readonly string[] {
  const named = Object.entries(spec).filter(([name, value]) => !HANDLED.has(name) && saysSomething(value));
  const logs = spec.cluster_log_conf ?? {};
  const places = (["s3", "volumes"] as const).filter((place) => logs[place] !== undefined);
  return [...named.map(([name]) => name), ...places.map((place) => `cluster_log_conf.${place}`)];
}

/** Whether a value requests something; an empty list, an empty object and `false` do not. */
function saysSomething(value: unknown): boolean {
  if (value === undefined || value === false || value === "") return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}

/** The resources of this machine. */
export type Machine = { readonly cores: number; readonly memoryMb: number; readonly gpus: number };

const BYTES_PER_MB = 1_048_576;

/** The cores and memory that this process may use, within its container's limits. */
export function thisMachine(): Machine {
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  return { cores: availableParallelism(), memoryMb: Math.floor(bytes / BYTES_PER_MB), gpus: countGpus() };
}

/** NVIDIA's driver creates one device per GPU, such as `/dev/nvidia0`. */
function countGpus(): number {
  try {
    return readdirSync("/dev").filter((name) => /^nvidia\d+$/.test(name)).length;
  } catch {
    return 0; // This system has no such folder.
  }
}

/** Such as `2 cores, 7.8 GB of memory, no GPU`. */
export function describeMachine({ cores, memoryMb, gpus }: Machine): string {
  const memory = (memoryMb / 1024).toFixed(1);
  return `${counted(cores, "core")}, ${memory} GB of memory, ${gpus === 0 ? "no GPU" : counted(gpus, "GPU")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
