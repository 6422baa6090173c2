import { clusterEventToWire, clusterToWire, LIMITS } from "@flightdeck/protocol";
import type { Handlers } from "../api/handler.ts";
import { pageToken } from "../api/page-token.ts";
import { present } from "../api/present.ts";
import { checkMayRunJobs } from "../jobs/job-policy.ts";
import { pageSize } from "../jobs/page-size.ts";
import { checkLogDestination } from "./check-log-destination.ts";
import { describeMapping } from "./describe-mapping.ts";
import { describeMachine, thisMachine } from "./machine.ts";

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

export const clusterHandlers: ClusterHandlers = {
  createCluster: async (spec, { store, jobs, principal }) => {
    checkMayRunJobs(jobs.isOpen, principal);
    checkLogDestination(spec);
    const stateMessage = describeMapping(spec, thisMachine());
    const input = { spec, creatorUserName: principal.name, stateMessage };
    return { cluster_id: (await store.clusters.createCluster(input)).clusterId };
  },
  editCluster: async ({ cluster_id: clusterId, ...spec }, { store, jobs, principal }) => {
    checkMayRunJobs(jobs.isOpen, principal);
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
      ...present({ pageToken: request.page_token }),
    });
    const machine = thisMachine();
    return { clusters: page.items.map((cluster) => clusterToWire(cluster, machine)), ...pageToken(page) };
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
      ...present({ startTimeMs: request.start_time, endTimeMs: request.end_time }),
    });
    const next = offset + maxResults;
    return {
      events: events.map((event) => clusterEventToWire(clusterId, event)),
      total_count: totalCount,
      ...(next < totalCount && { next_page: { ...request, offset: next, limit: maxResults } }),
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

/** The name of this machine as node type and as zone. Others are taken too: they all come to the same. */
const LOCAL = "local";

/** Any version is taken, and there is no Spark behind it; these keys have the form by which clients choose one. */
const SPARK_VERSIONS: { key: string; name: string }[] = [
  { key: "16.4.x-scala2.12", name: "16.4 LTS (this machine's Python, without Spark)" },
  { key: "16.4.x-cpu-ml-scala2.12", name: "16.4 LTS ML (this machine's Python, without Spark)" },
  { key: "16.4.x-gpu-ml-scala2.12", name: "16.4 LTS ML (GPU; this machine's Python, without Spark)" },
];
