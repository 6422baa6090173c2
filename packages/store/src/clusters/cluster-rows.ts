import { AppError } from "@flightdeck/core";
import type {
  Cluster,
  ClusterEvent,
  ClusterSource,
  ClusterSpecWire,
  ClusterState,
} from "@flightdeck/protocol";
import { type RawBuilder, type Selectable, sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { query, statement } from "../database/statement.ts";
import type { ClusterTable } from "../database/tables.ts";
import { all, first, execute, type Work } from "../database/work.ts";
import type { ClusterUser, ClusterEventQuery } from "./cluster-store.ts";

type ClusterRow = Selectable<ClusterTable>;

export function* getClusterRow(clusterId: string): Work<ClusterRow> {
  return existing(yield* first(selectCluster({ clusterId })), clusterId);
}

/** Like `getClusterRow`, but locks the row for a write that depends on the cluster's state. */
export function* lockClusterRow(clusterId: string): Work<ClusterRow> {
  return existing(yield* first(selectLocked({ clusterId })), clusterId);
}

/** The casts are safe: only the store writes these columns. */
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

/** databricks-sdk recognizes a missing cluster by this exact message. */
function existing(row: ClusterRow | undefined, clusterId: string): ClusterRow {
  if (row !== undefined) return row;
  throw new AppError("INVALID_PARAMETER_VALUE", `Cluster ${clusterId} does not exist`);
}

/** Runs in a write transaction. */
export function* addClusterEvent(
  context: StoreContext,
  event: { readonly id: number; readonly type: ClusterEvent["type"]; readonly userName: string },
): Work<void> {
  yield* execute(insertEvent({ ...event, now: context.clock.nowMs() }));
}

export function* listClusterEvents(
  input: ClusterEventQuery,
): Work<{ readonly events: readonly ClusterEvent[]; readonly totalCount: number }> {
  const { id } = yield* getClusterRow(input.clusterId);
  const matches = condition(id, input);
  const rows = yield* all(
    query((db) =>
      db
        .selectFrom("cluster_events")
        .select(["timestamp_ms", "type", "user_name"])
        .where(matches)
        .orderBy("id", input.isAscending ? "asc" : "desc")
        .limit(input.maxResults)
        .offset(input.offset),
    ),
  );
  const counted = yield* first(
    query((db) =>
      db
        .selectFrom("cluster_events")
        .select(sql<number>`count(*)`.as("count"))
        .where(matches),
    ),
  );
  const events = rows.map((row) => ({
    timestampMs: row.timestamp_ms,
    type: row.type as ClusterEvent["type"], // Only the store writes this column.
    userName: row.user_name,
  }));
  return { events, totalCount: counted?.count ?? 0 };
}

function condition(id: number, input: ClusterEventQuery): RawBuilder<boolean> {
  const { startTimeMs = 0, endTimeMs = Number.MAX_SAFE_INTEGER, types } = input;
  const ofType = types.length === 0 ? sql`TRUE` : sql`type IN (${sql.join(types)})`;
  return sql<boolean>`cluster_id = ${id} AND timestamp_ms BETWEEN ${startTimeMs} AND ${endTimeMs} AND ${ofType}`;
}

/** Terminates the cluster that was created for a job run. Runs in a write transaction. */
export function* endClusterOfRun(context: StoreContext, jobRunId: number): Work<void> {
  for (const { id } of yield* all(selectRunningOfRun({ jobRunId, state: "RUNNING" }))) {
    yield* terminate(context, id, { userName: "" });
  }
}

export function* terminate(context: StoreContext, id: number, user: ClusterUser): Work<void> {
  yield* execute(markTerminated({ id, state: "TERMINATED", now: context.clock.nowMs() }));
  yield* addClusterEvent(context, { id, type: "TERMINATING", ...user });
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

const insertEvent = statement<{ id: number; type: string; userName: string; now: number }>()((db, arg) =>
  db.insertInto("cluster_events").values({
    cluster_id: arg("id"),
    timestamp_ms: arg("now"),
    type: arg("type"),
    user_name: arg("userName"),
  }),
);

const markTerminated = statement<{ id: number; state: string; now: number }>()((db, arg) =>
  db
    .updateTable("clusters")
    .set({ state: arg("state"), terminated_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const selectRunningOfRun = statement<{ jobRunId: number; state: string }>()((db, arg) =>
  db
    .selectFrom("clusters")
    .select("id")
    .where("run_id", "=", arg("jobRunId"))
    .where("state", "=", arg("state")),
);
