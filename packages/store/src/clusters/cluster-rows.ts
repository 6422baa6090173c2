import { AppError } from "@flightdeck/core";
import type { Cluster, ClusterSource, ClusterSpecWire, ClusterState } from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { ClusterTable } from "../database/tables.ts";
import { first, type Work } from "../database/work.ts";

export type ClusterRow = Selectable<ClusterTable>;

export function* getClusterRow(clusterId: string): Work<ClusterRow> {
  return present(yield* first(selectCluster({ clusterId })), clusterId);
}

/** The same, for a write that depends on the cluster's state. */
export function* lockClusterRow(clusterId: string): Work<ClusterRow> {
  return present(yield* first(selectLocked({ clusterId })), clusterId);
}

/** What the store has written under these names is all that it reads. */
export function clusterFromRow(row: ClusterRow): Cluster {
  return {
    clusterId: row.cluster_uuid,
    spec: JSON.parse(row.spec) as ClusterSpecWire,
    source: row.source as ClusterSource,
    creatorUserName: row.creator,
    state: row.state as ClusterState,
    stateMessage: row.message,
    startTimeMs: row.start_time_ms,
    ...(row.last_restarted_time_ms !== null && { lastRestartedTimeMs: row.last_restarted_time_ms }),
    ...(row.terminated_time_ms !== null && { terminatedTimeMs: row.terminated_time_ms }),
  };
}

/** databricks-sdk knows an absent cluster by this very sentence. */
function present(row: ClusterRow | undefined, clusterId: string): ClusterRow {
  if (row !== undefined) return row;
  throw new AppError("INVALID_PARAMETER_VALUE", `Cluster ${clusterId} does not exist`);
}

const selectCluster = statement<{ clusterId: string }>()((db, arg) =>
  db.selectFrom("clusters").selectAll().where("cluster_uuid", "=", arg("clusterId")),
);

const selectLocked = statement<{ clusterId: string }>()((db, arg, dialect) =>
  db
    .selectFrom("clusters")
    .selectAll()
    .where("cluster_uuid", "=", arg("clusterId"))
    .modifyEnd(dialect.lockForUpdate),
);
