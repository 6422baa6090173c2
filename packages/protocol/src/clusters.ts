import { z } from "zod";
import { LIMITS } from "./limits.ts";
import {
  bool,
  foreignMap,
  int64,
  longText,
  repeated,
  requiredText,
  textMap,
  empty,
  shortText,
} from "./forms.ts";
import { ADMINS_CHANGE, ADMINS_READ } from "./access.ts";
import { changesNothingFollowed, endpoint } from "./endpoint.ts";

const text = longText.optional();
const texts = textMap.optional();
/** Settings for a cloud provider, which have no effect here. */
const elsewhere = foreignMap.optional();

/**
 * The definition of a cluster (https://docs.databricks.com/api/workspace/clusters/create). It is stored unchanged,
 * except that unknown keys are dropped: MLflow's clients add some.
 */
export const clusterSpecSchema = z.object({
  cluster_name: text,
  cluster_source: text,
  spark_version: text,
  node_type_id: text,
  driver_node_type_id: text,
  num_workers: int64.optional(),
  autoscale: z.object({ min_workers: int64.optional(), max_workers: int64.optional() }).optional(),
  autotermination_minutes: int64.optional(),
  spark_conf: texts,
  spark_env_vars: texts,
  custom_tags: texts,
  cluster_log_conf: z
    .object({
      dbfs: z.object({ destination: requiredText }).optional(),
      s3: elsewhere,
      volumes: elsewhere,
    })
    .optional(),
  aws_attributes: elsewhere,
  azure_attributes: elsewhere,
  gcp_attributes: elsewhere,
  docker_image: elsewhere,
  workload_type: elsewhere,
  init_scripts: repeated(foreignMap, LIMITS.requestItemsMax),
  ssh_public_keys: repeated(longText, LIMITS.requestItemsMax),
  instance_pool_id: text,
  driver_instance_pool_id: text,
  policy_id: text,
  data_security_mode: text,
  runtime_engine: text,
  single_user_name: text,
  kind: text,
  is_single_node: bool.optional(),
  use_ml_runtime: bool.optional(),
  enable_elastic_disk: bool.optional(),
  enable_local_disk_encryption: bool.optional(),
});
/**
 * A cluster's definition (https://docs.databricks.com/api/workspace/clusters/create). Fields without effect here are
 * stored too, so that a client reads back what it wrote.
 */
export type ClusterSpecWire = z.output<typeof clusterSpecSchema>;

/** The states of a cluster here. There are no others, since nothing has to boot. */
export type ClusterState = "RUNNING" | "TERMINATED";
/** Whether a client created the cluster, or a job run. */
export type ClusterSource = "API" | "JOB";

/** A stored cluster. Times are UTC milliseconds. */
export type Cluster = {
  readonly clusterId: string;
  readonly spec: ClusterSpecWire;
  readonly source: ClusterSource;
  /** Empty on a server without authentication. */
  readonly creatorUserName: string;
  readonly state: ClusterState;
  readonly stateMessage: string;
  readonly startTimeMs: number;
  readonly lastRestartedTimeMs?: number | undefined;
  readonly terminatedTimeMs?: number | undefined;
};

/** The resources of the machine behind a cluster. */
export type ClusterMachine = { readonly cores: number; readonly memoryMb: number };

/** The part of the response that clients read; the fields of the definition are at the same level. */
const clusterSchema = clusterSpecSchema.extend({
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
/** A cluster in Databricks' API (https://docs.databricks.com/api/workspace/clusters/get). */
export type ClusterWire = z.output<typeof clusterSchema>;

/** Converts a cluster to its wire form. A running cluster reports the cores and memory of `machine`. */
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
    last_restarted_time: cluster.lastRestartedTimeMs,
    ...(terminatedTimeMs !== undefined && {
      terminated_time: terminatedTimeMs,
      termination_reason: { code: source === "JOB" ? "JOB_FINISHED" : "USER_REQUEST", type: "SUCCESS" },
    }),
    ...(state === "RUNNING" && { cluster_cores: machine.cores, cluster_memory_mb: machine.memoryMb }),
    default_tags: { Vendor: "Flightdeck", ClusterId: clusterId },
    spec,
  };
}

/** An entry of a cluster's history. */
export type ClusterEvent = {
  readonly timestampMs: number;
  readonly type: "CREATING" | "STARTING" | "RUNNING" | "RESTARTING" | "EDITED" | "TERMINATING";
  /** Empty if the server itself did it, or on a server without authentication. */
  readonly userName: string;
};

const clusterEventSchema = z.object({
  cluster_id: z.string(),
  timestamp: int64.optional(),
  type: z.string().optional(),
  details: z.object({ user: z.string().optional() }).default({}),
});
/**
 * An entry of a cluster's history (https://docs.databricks.com/api/workspace/clusters/events); `timestamp` in UTC
 * milliseconds.
 */
export type ClusterEventWire = z.output<typeof clusterEventSchema>;

/** Converts an entry of the history of a cluster to its wire form. */
export function clusterEventToWire(clusterId: string, event: ClusterEvent): ClusterEventWire {
  return {
    cluster_id: clusterId,
    timestamp: event.timestampMs,
    type: event.type,
    details: event.userName === "" ? {} : { user: event.userName },
  };
}

const nodeTypeSchema = z.object({
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

const clusterEventPageSchema = z.object({
  events: repeated(clusterEventSchema),
  total_count: int64.default(0),
  /** The request for the next page; absent on the last. */
  next_page: z.record(z.string(), z.unknown()).optional(),
});

const ofCluster = z.object({ cluster_id: requiredText });

/** The old command line and MLflow use 2.0, databricks-sdk 2.1. Like jobs, these calls are for admins. */
const common = { versions: ["2.0", "2.1"] } as const;

/**
 * Clusters (https://docs.databricks.com/api/workspace/clusters): definitions of where jobs run. All of them run on the
 * server's machine.
 */
export const clusterEndpoints = {
  /** `spark_env_vars` become environment variables of programs, hence `startsPrograms`. */
  createCluster: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    startsPrograms: true,
    methods: ["POST"],
    path: "/clusters/create",
    request: clusterSpecSchema.extend({ spark_version: requiredText }),
    response: ofCluster,
  }),
  editCluster: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    startsPrograms: true,
    methods: ["POST"],
    path: "/clusters/edit",
    request: clusterSpecSchema.extend({ cluster_id: requiredText, spark_version: requiredText }),
    response: empty,
  }),
  getCluster: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/clusters/get",
    request: ofCluster,
    response: clusterSchema,
  }),
  listClusters: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/clusters/list",
    request: z.object({
      page_size: int64.optional(),
      page_token: longText.optional(),
      "filter_by.cluster_sources": repeated(shortText, LIMITS.requestItemsMax),
      "filter_by.cluster_states": repeated(shortText, LIMITS.requestItemsMax),
    }),
    response: z.object({ clusters: repeated(clusterSchema), next_page_token: z.string().optional() }),
  }),
  startCluster: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    methods: ["POST"],
    path: "/clusters/start",
    request: ofCluster,
    response: empty,
  }),
  restartCluster: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    methods: ["POST"],
    path: "/clusters/restart",
    request: ofCluster,
    response: empty,
  }),
  /** Terminates the cluster; its definition is kept. */
  deleteCluster: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    methods: ["POST"],
    path: "/clusters/delete",
    request: ofCluster,
    response: empty,
  }),
  permanentDeleteCluster: endpoint({
    ...common,
    access: ADMINS_CHANGE,
    changes: changesNothingFollowed,
    methods: ["POST"],
    path: "/clusters/permanent-delete",
    request: ofCluster,
    response: empty,
  }),
  listClusterEvents: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["POST"],
    path: "/clusters/events",
    request: ofCluster.extend({
      start_time: int64.optional(),
      end_time: int64.optional(),
      order: z.enum(["ASC", "DESC"]).default("DESC"),
      event_types: repeated(shortText, LIMITS.requestItemsMax),
      offset: int64.default(0),
      limit: int64.optional(),
    }),
    response: clusterEventPageSchema,
  }),
  listSparkVersions: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/clusters/spark-versions",
    request: empty,
    response: z.object({ versions: repeated(z.object({ key: z.string(), name: z.string() })) }),
  }),
  listNodeTypes: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/clusters/list-node-types",
    request: empty,
    response: z.object({ node_types: repeated(nodeTypeSchema) }),
  }),
  listZones: endpoint({
    ...common,
    access: ADMINS_READ,
    methods: ["GET"],
    path: "/clusters/list-zones",
    request: empty,
    response: z.object({ zones: repeated(z.string()), default_zone: z.string() }),
  }),
};
