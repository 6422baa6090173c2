import { z } from "zod";
import { int64, repeated } from "../scalars.ts";
import { clusterSpecSchema, type ClusterSpecWire } from "./cluster-spec.ts";

/** States that a cluster of this machine has: there is nothing to boot, so it runs or it does not. */
export type ClusterState = "RUNNING" | "TERMINATED";
export type ClusterSource = "API" | "JOB";

export type Cluster = {
  readonly clusterId: string;
  readonly spec: ClusterSpecWire;
  readonly source: ClusterSource;
  /** Empty where nobody needs to log in. */
  readonly creatorUserName: string;
  readonly state: ClusterState;
  readonly stateMessage: string;
  readonly startTimeMs: number;
  readonly lastRestartedTimeMs?: number;
  readonly terminatedTimeMs?: number;
};

/** What the machine behind a cluster has. */
export type ClusterMachine = { readonly cores: number; readonly memoryMb: number };

/** As much of an answer as clients read; the definition's own fields stand beside these. */
export const clusterSchema = clusterSpecSchema.extend({
  cluster_id: z.string(),
  cluster_name: z.string().default(""),
  creator_user_name: z.string().default(""),
  state: z.string().default("UNKNOWN"),
  state_message: z.string().default(""),
  start_time: int64.optional(),
  last_restarted_time: int64.optional(),
  terminated_time: int64.optional(),
  termination_reason: z
    .object({
      code: z.string(),
      type: z.string().optional(),
      parameters: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  cluster_cores: z.number().optional(),
  cluster_memory_mb: int64.optional(),
  default_tags: z.record(z.string(), z.string()).optional(),
  spec: clusterSpecSchema.optional(),
});
export type ClusterWire = z.output<typeof clusterSchema>;

export function clusterToWire(cluster: Cluster, machine: ClusterMachine): ClusterWire {
  const { clusterId, spec, source, creatorUserName, state, stateMessage, terminatedTimeMs } = cluster;
  return {
    ...spec,
    cluster_id: clusterId,
    cluster_name: spec.cluster_name ?? "",
    cluster_source: source,
    creator_user_name: creatorUserName,
    state,
    state_message: stateMessage,
    start_time: cluster.startTimeMs,
    ...(cluster.lastRestartedTimeMs !== undefined && { last_restarted_time: cluster.lastRestartedTimeMs }),
    ...(terminatedTimeMs !== undefined && {
      terminated_time: terminatedTimeMs,
      termination_reason: { code: source === "JOB" ? "JOB_FINISHED" : "USER_REQUEST", type: "SUCCESS" },
    }),
    ...(state === "RUNNING" && { cluster_cores: machine.cores, cluster_memory_mb: machine.memoryMb }),
    default_tags: { Vendor: "Flightdeck", ClusterId: clusterId },
    spec,
  };
}

/** What happened to a cluster. */
export type ClusterEvent = {
  readonly timestampMs: number;
  readonly type: "CREATING" | "STARTING" | "RUNNING" | "RESTARTING" | "EDITED" | "TERMINATING";
  /** Who did it; empty for the server itself, or where nobody needs to log in. */
  readonly userName: string;
};

export const clusterEventSchema = z.object({
  cluster_id: z.string(),
  timestamp: int64.optional(),
  type: z.string().optional(),
  details: z.object({ user: z.string().optional() }).default({}),
});
export type ClusterEventWire = z.output<typeof clusterEventSchema>;

export function clusterEventToWire(clusterId: string, event: ClusterEvent): ClusterEventWire {
  return {
    cluster_id: clusterId,
    timestamp: event.timestampMs,
    type: event.type,
    details: event.userName === "" ? {} : { user: event.userName },
  };
}

export const nodeTypeSchema = z.object({
  node_type_id: z.string(),
  memory_mb: int64,
  num_cores: z.number(),
  num_gpus: int64.default(0),
  description: z.string(),
  instance_type_id: z.string(),
  category: z.string().default(""),
  is_deprecated: z.boolean().default(false),
  node_instance_type: z
    .object({
      instance_type_id: z.string(),
      local_disks: int64.default(0),
      local_disk_size_gb: int64.default(0),
      local_nvme_disks: int64.default(0),
      local_nvme_disk_size_gb: int64.default(0),
    })
    .optional(),
});

export const clusterEventPageSchema = z.object({
  events: repeated(clusterEventSchema),
  total_count: int64.default(0),
  /** The request for what follows; absent on the last page. */
  next_page: z.record(z.string(), z.unknown()).optional(),
});
