import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { empty } from "../empty.ts";
import { ADMINS_CHANGE, ADMINS_READ } from "../access/access.ts";
import { changesNothingFollowed } from "../events/change.ts";
import { endpoint } from "../endpoint.ts";
import { int64, longText, repeated, requiredText, shortText } from "../scalars.ts";
import { clusterEventPageSchema, clusterSchema, nodeTypeSchema } from "./cluster.ts";
import { clusterSpecSchema } from "./cluster-spec.ts";

const ofCluster = z.object({ cluster_id: requiredText });

/** The old command line and MLflow ask for 2.0, databricks-sdk for 2.1. Whoever may run jobs may do all of it. */
const common = { versions: ["2.0", "2.1"] } as const;

/** Clusters (https://docs.databricks.com/api/workspace/clusters): definitions of where jobs run, all of them this machine. */
export const clusterEndpoints = {
  /** Its `spark_env_vars` are the environment of programs. */
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
  /** Ends the cluster; its definition stays. */
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
