import type { StoreContext } from "../access/store-context.ts";
import { endClusterOfRun } from "../clusters/cluster-rows.ts";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, first, insertRows, execute, type Work } from "../database/work.ts";
import { type JobRunRow, ownedJobRunFromRow, QUEUED_MESSAGE } from "./job-rows.ts";
import type {
  EndedJobRunState,
  JobDocument,
  JobOwner,
  JobRunChange,
  OwnedJobRun,
  TakeOverInput,
} from "./job-store.ts";

/** Runs in a write transaction. */
export function* giveLease(context: StoreContext, owner: JobOwner, leaseMs: number): Work<void> {
  const until = context.clock.nowMs() + leaseMs;
  const { ownerId, host, process } = owner;
  yield* insertRows(UPSERT_OWNER, [[ownerId, host, JSON.stringify(process), until]]);
}

/** Returns false when the owner's row is gone because its runs were taken over. Runs in a write transaction. */
export function* renewLease(context: StoreContext, ownerId: string, leaseMs: number): Work<boolean> {
  const rows = yield* all(updateLease({ ownerId, until: context.clock.nowMs() + leaseMs }));
  return rows.length > 0;
}

export function* listOwners(): Work<readonly (JobOwner & { readonly leaseUntilMs: number })[]> {
  return (yield* all(selectOwners({}))).map((row) => ({
    ownerId: row.uuid,
    host: row.host,
    process: JSON.parse(row.process) as JobDocument, // Only the store writes this column.
    leaseUntilMs: row.lease_until_ms,
  }));
}

export function* listOwnedRuns(ownerId: string): Work<readonly OwnedJobRun[]> {
  return (yield* all(selectOwned({ ownerId }))).map(ownedJobRunFromRow);
}

/** Locks the former owner's row, so a concurrent renewal either comes first or finds it gone. Runs in a write transaction. */
export function* takeOver(context: StoreContext, input: TakeOverInput): Work<readonly OwnedJobRun[]> {
  const { owner, leaseMs, fromOwnerId, isDead } = input;
  const former = yield* first(lockOwner({ ownerId: fromOwnerId }));
  if (former === undefined) return [];
  if (!isDead && former.lease_until_ms > context.clock.nowMs()) return [];
  yield* execute(deleteOwner({ ownerId: fromOwnerId }));
  const rows = yield* all(changeOwner({ fromOwnerId, ownerId: owner.ownerId }));
  if (rows.length > 0) yield* giveLease(context, owner, leaseMs);
  return rows.toSorted((a, b) => a.id - b.id).map(ownedJobRunFromRow);
}

/** Runs in a write transaction. */
export function* updateOwnedRun(ownerId: string, jobRunId: number, change: JobRunChange): Work<boolean> {
  const row = yield* findOwned(ownerId, jobRunId);
  if (row === undefined) return false;
  yield* execute(
    updateRow({
      jobRunId,
      // Once cancellation is requested, the run stays TERMINATING.
      state: row.cancel_message === null ? (change.lifeCycleState ?? row.state) : row.state,
      message: change.stateMessage ?? row.message,
      clusterId: change.clusterId ?? row.cluster_uuid,
      handle: change.handle === undefined ? row.handle : JSON.stringify(change.handle),
      tokenId: change.tokenId ?? row.token_uuid,
      taskStartTimeMs: change.taskStartTimeMs ?? row.task_start_time_ms,
    }),
  );
  return true;
}

/** Runs in a write transaction. */
export function* releaseRun(context: StoreContext, ownerId: string, jobRunId: number): Work<boolean> {
  const row = yield* findOwned(ownerId, jobRunId);
  if (row === undefined) return false;
  yield* execute(putBack({ jobRunId }));
  yield* endClusterOfRun(context, jobRunId);
  return true;
}

/** Runs in a write transaction. */
export function* finishRun(
  context: StoreContext,
  ended: { readonly ownerId: string; readonly jobRunId: number; readonly state: EndedJobRunState },
): Work<boolean> {
  const { ownerId, jobRunId, state } = ended;
  const row = yield* findOwned(ownerId, jobRunId);
  if (row === undefined) return false;
  const { lifeCycleState, resultState: result, stateMessage: message } = state;
  yield* execute(endRow({ jobRunId, state: lifeCycleState, result, message, now: context.clock.nowMs() }));
  yield* endClusterOfRun(context, jobRunId);
  return true;
}

/** Locks and returns the run if it belongs to the owner and has not ended. */
function* findOwned(ownerId: string, jobRunId: number): Work<JobRunRow | undefined> {
  return yield* first(selectOwnedRun({ ownerId, jobRunId }));
}

type Changed = {
  jobRunId: number;
  state: string;
  message: string;
  clusterId: string | null;
  handle: string | null;
  tokenId: string | null;
  taskStartTimeMs: number | null;
};

type Ended = { jobRunId: number; state: string; result: string; message: string; now: number };

const UPSERT_OWNER = bulkInsert("job_owners", ["uuid", "host", "process", "lease_until_ms"], {
  target: ["uuid"],
  update: ["host", "process", "lease_until_ms"],
});

const updateLease = statement<{ ownerId: string; until: number }>()((db, arg) =>
  db
    .updateTable("job_owners")
    .set({ lease_until_ms: arg("until") })
    .where("uuid", "=", arg("ownerId"))
    .returning("uuid"),
);

const selectOwners = statement<Record<string, never>>()((db) =>
  db.selectFrom("job_owners").selectAll().orderBy("uuid"),
);

const selectOwned = statement<{ ownerId: string }>()((db, arg) =>
  db
    .selectFrom("job_runs")
    .selectAll()
    .where("owner_uuid", "=", arg("ownerId"))
    .where("end_time_ms", "is", null)
    .orderBy("id"),
);

const lockOwner = statement<{ ownerId: string }>()((db, arg, dialect) =>
  db.selectFrom("job_owners").selectAll().where("uuid", "=", arg("ownerId")).modifyEnd(dialect.lockForUpdate),
);

const deleteOwner = statement<{ ownerId: string }>()((db, arg) =>
  db.deleteFrom("job_owners").where("uuid", "=", arg("ownerId")),
);

const changeOwner = statement<{ fromOwnerId: string; ownerId: string }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ owner_uuid: arg("ownerId") })
    .where("owner_uuid", "=", arg("fromOwnerId"))
    .where("end_time_ms", "is", null)
    .returningAll(),
);

const selectOwnedRun = statement<{ ownerId: string; jobRunId: number }>()((db, arg, dialect) =>
  db
    .selectFrom("job_runs")
    .selectAll()
    .where("id", "=", arg("jobRunId"))
    .where("owner_uuid", "=", arg("ownerId"))
    .where("end_time_ms", "is", null)
    .modifyEnd(dialect.lockForUpdate),
);

const updateRow = statement<Changed>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({
      state: arg("state"),
      message: arg("message"),
      cluster_uuid: arg("clusterId"),
      handle: arg("handle"),
      token_uuid: arg("tokenId"),
      task_start_time_ms: arg("taskStartTimeMs"),
    })
    .where("id", "=", arg("jobRunId")),
);

const putBack = statement<{ jobRunId: number }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({
      state: "QUEUED",
      message: QUEUED_MESSAGE,
      owner_uuid: null,
      claim_time_ms: null,
      cluster_uuid: null,
    })
    .where("id", "=", arg("jobRunId"))
    .where("cancel_message", "is", null),
);

const endRow = statement<Ended>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ state: arg("state"), result: arg("result"), message: arg("message"), end_time_ms: arg("now") })
    .where("id", "=", arg("jobRunId")),
);
