import { randomInt } from "node:crypto";
import { AppError, assert } from "@flightdeck/core";
import type { Cluster, ClusterEvent, ClusterSpecWire } from "@flightdeck/protocol";
import type { StoreContext } from "../access/store-context.ts";
import { query, statement } from "../database/statement.ts";
import { all, type Database, first, execute, type Work } from "../database/work.ts";
import { type Page, pageOfRows, positionBefore } from "../search/page.ts";
import { checkedDocument } from "../validation/text.ts";
import {
  addClusterEvent,
  clusterFromRow,
  getClusterRow,
  listClusterEvents,
  lockClusterRow,
  terminate,
} from "./cluster-rows.ts";
import type {
  ClusterStore,
  ClusterUser,
  NewCluster,
  ClusterEventQuery,
  ClusterQuery,
} from "./cluster-store.ts";

/** Clusters in a SQL database. Each method is one transaction. */
export class SqlClusterStore implements ClusterStore {
  readonly #database: Database;
  readonly #context: StoreContext;

  constructor(database: Database, context: StoreContext) {
    this.#database = database;
    this.#context = context;
  }

  async createCluster(input: NewCluster): Promise<Cluster> {
    return this.#database.write(() => createCluster(this.#context, input));
  }

  async getCluster(clusterId: string): Promise<Cluster> {
    return this.#database.read(() => getCluster(clusterId));
  }

  async listClusters(input: ClusterQuery): Promise<Page<Cluster>> {
    return this.#database.read(() => listClusters(input));
  }

  async editCluster(
    clusterId: string,
    change: ClusterUser & { readonly spec: ClusterSpecWire; readonly stateMessage: string },
  ): Promise<void> {
    return this.#database.write(() => editCluster(this.#context, clusterId, change));
  }

  async startCluster(clusterId: string, user: ClusterUser): Promise<void> {
    return this.#database.write(() => startCluster(this.#context, clusterId, user));
  }

  async restartCluster(clusterId: string, user: ClusterUser): Promise<void> {
    return this.#database.write(() => restartCluster(this.#context, clusterId, user));
  }

  async terminateCluster(clusterId: string, user: ClusterUser): Promise<void> {
    return this.#database.write(() => terminateCluster(this.#context, clusterId, user));
  }

  async permanentlyDeleteCluster(clusterId: string): Promise<void> {
    return this.#database.write(() => permanentlyDeleteCluster(clusterId));
  }

  async listClusterEvents(
    input: ClusterEventQuery,
  ): Promise<{ readonly events: readonly ClusterEvent[]; readonly totalCount: number }> {
    return this.#database.read(() => listClusterEvents(input));
  }
}

/** The cluster is RUNNING at once: there is nothing to boot. Runs in a write transaction. */
function* createCluster(context: StoreContext, input: NewCluster): Work<Cluster> {
  const { spec, creatorUserName: userName, stateMessage: message, runId: jobRunId = null } = input;
  const now = context.clock.nowMs();
  const row = yield* first(
    insertCluster({
      clusterId: newClusterId(now),
      spec: checkedDocument("a cluster's definition", spec),
      source: jobRunId === null ? "API" : "JOB",
      userName,
      state: "RUNNING",
      message,
      now,
      jobRunId,
    }),
  );
  assert(row !== undefined, "an insert returns its row");
  for (const type of ["CREATING", "RUNNING"] as const) {
    yield* addClusterEvent(context, { id: row.id, type, userName });
  }
  return clusterFromRow(row);
}

function* getCluster(clusterId: string): Work<Cluster> {
  return clusterFromRow(yield* getClusterRow(clusterId));
}

/** Newest first. */
function* listClusters(input: ClusterQuery): Work<Page<Cluster>> {
  const { sources, states, maxResults } = input;
  const scope = ["clusters", sources, states];
  const before = positionBefore(input, scope);
  const rows = yield* all(
    query((db) =>
      db
        .selectFrom("clusters")
        .selectAll()
        .where("id", "<", before)
        .$if(sources.length > 0, (select) => select.where("source", "in", sources))
        .$if(states.length > 0, (select) => select.where("state", "in", states))
        .orderBy("id", "desc")
        .limit(maxResults + 1),
    ),
  );
  return pageOfRows({ rows, maxResults, scope, convert: clusterFromRow });
}

type Change = ClusterUser & { readonly spec: ClusterSpecWire; readonly stateMessage: string };

/** Runs in a write transaction. */
function* editCluster(context: StoreContext, clusterId: string, change: Change): Work<void> {
  const { id } = yield* lockClusterRow(clusterId);
  const { spec, stateMessage: message, userName } = change;
  const document = checkedDocument("a cluster's definition", spec);
  yield* execute(updateSpec({ id, spec: document, message }));
  yield* addClusterEvent(context, { id, type: "EDITED", userName });
}

/** Runs in a write transaction. */
function* startCluster(context: StoreContext, clusterId: string, user: ClusterUser): Work<void> {
  const row = yield* lockClusterRow(clusterId);
  if (row.state === "RUNNING") return;
  yield* execute(markStarted({ id: row.id, state: "RUNNING", now: context.clock.nowMs() }));
  yield* addClusterEvent(context, { id: row.id, type: "STARTING", ...user });
}

/** Runs in a write transaction. */
function* restartCluster(context: StoreContext, clusterId: string, user: ClusterUser): Work<void> {
  const row = yield* lockClusterRow(clusterId);
  if (row.state !== "RUNNING") {
    const message = `Cluster ${clusterId} is in unexpected state ${row.state}; start it`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  yield* execute(markRestarted({ id: row.id, now: context.clock.nowMs() }));
  yield* addClusterEvent(context, { id: row.id, type: "RESTARTING", ...user });
}

/** Runs in a write transaction. */
function* terminateCluster(context: StoreContext, clusterId: string, user: ClusterUser): Work<void> {
  const row = yield* lockClusterRow(clusterId);
  if (row.state === "RUNNING") yield* terminate(context, row.id, user);
}

/** Runs in a write transaction. */
function* permanentlyDeleteCluster(clusterId: string): Work<void> {
  const { id } = yield* lockClusterRow(clusterId);
  yield* execute(deleteRow({ id }));
}

const SUFFIX_CHARS = 8;

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Same format as Databricks: month and day, time, eight random characters, for example `0923-164208-meows279`. */
function newClusterId(nowMs: number): string {
  const [date = "", time = ""] = new Date(nowMs).toISOString().slice(5, 19).split("T");
  const suffix = Array.from({ length: SUFFIX_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return `${date.replace("-", "")}-${time.replaceAll(":", "")}-${suffix.join("")}`;
}

type ClusterArguments = {
  clusterId: string;
  spec: string;
  source: string;
  userName: string;
  state: string;
  message: string;
  now: number;
  jobRunId: number | null;
};

const insertCluster = statement<ClusterArguments>()((db, arg) =>
  db
    .insertInto("clusters")
    .values({
      cluster_uuid: arg("clusterId"),
      spec: arg("spec"),
      source: arg("source"),
      creator: arg("userName"),
      state: arg("state"),
      message: arg("message"),
      start_time_ms: arg("now"),
      last_restarted_time_ms: null,
      terminated_time_ms: null,
      run_id: arg("jobRunId"),
    })
    .returningAll(),
);

const updateSpec = statement<{ id: number; spec: string; message: string }>()((db, arg) =>
  db
    .updateTable("clusters")
    .set({ spec: arg("spec"), message: arg("message") })
    .where("id", "=", arg("id")),
);

const markStarted = statement<{ id: number; state: string; now: number }>()((db, arg) =>
  db
    .updateTable("clusters")
    .set({ state: arg("state"), start_time_ms: arg("now"), terminated_time_ms: null })
    .where("id", "=", arg("id")),
);

const markRestarted = statement<{ id: number; now: number }>()((db, arg) =>
  db
    .updateTable("clusters")
    .set({ last_restarted_time_ms: arg("now") })
    .where("id", "=", arg("id")),
);

const deleteRow = statement<{ id: number }>()((db, arg) =>
  db.deleteFrom("clusters").where("id", "=", arg("id")),
);
