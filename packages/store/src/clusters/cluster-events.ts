import type { ClusterEvent } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import { query, statement } from "../database/statement.ts";
import { all, first, run, type Work } from "../database/work.ts";
import type { StoreContext } from "../tracking/context.ts";
import { getClusterRow } from "./cluster-rows.ts";
import type { ListClusterEventsInput } from "./cluster-store.ts";

/** Part of a write. */
export function* addClusterEvent(
  context: StoreContext,
  event: { readonly id: number; readonly type: ClusterEvent["type"]; readonly userName: string },
): Work<void> {
  yield* run(insertEvent({ ...event, now: context.clock.nowMs() }));
}

export function* listClusterEvents(
  input: ListClusterEventsInput,
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
    type: row.type as ClusterEvent["type"], // The store writes nothing else.
    userName: row.user_name,
  }));
  return { events, totalCount: counted?.count ?? 0 };
}

function condition(id: number, input: ListClusterEventsInput): RawBuilder<boolean> {
  const { startTimeMs = 0, endTimeMs = Number.MAX_SAFE_INTEGER, types } = input;
  const ofType = types.length === 0 ? sql`TRUE` : sql`type IN (${sql.join(types)})`;
  return sql<boolean>`cluster_id = ${id} AND timestamp_ms BETWEEN ${startTimeMs} AND ${endTimeMs} AND ${ofType}`;
}

const insertEvent = statement<{ id: number; type: string; userName: string; now: number }>()((db, arg) =>
  db.insertInto("cluster_events").values({
    cluster_id: arg("id"),
    timestamp_ms: arg("now"),
    type: arg("type"),
    user_name: arg("userName"),
  }),
);
