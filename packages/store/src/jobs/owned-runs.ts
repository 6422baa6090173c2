import { statement } from "../database/statement.ts";
import { first, run, type Work } from "../database/work.ts";
import { endClusterOfRun } from "../clusters/clusters.ts";
import type { StoreContext } from "../tracking/context.ts";
import type { JobRunRow } from "./job-run-rows.ts";
import type { EndedJobRunState, JobRunChange } from "./job-store.ts";

/** Part of a write. */
export function* updateOwnedRun(ownerId: string, runId: number, change: JobRunChange): Work<boolean> {
  const row = yield* findOwned(ownerId, runId);
  if (row === undefined) return false;
  yield* run(
    updateRow({
      runId,
      // Somebody has asked for its end: that is what it is called from then on.
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

/** Part of a write. */
export function* releaseRun(context: StoreContext, ownerId: string, runId: number): Work<boolean> {
  const row = yield* findOwned(ownerId, runId);
  if (row === undefined) return false;
  yield* run(putBack({ runId }));
  yield* endClusterOfRun(context, runId);
  return true;
}

/** Part of a write. */
export function* finishRun(
  context: StoreContext,
  ended: { readonly ownerId: string; readonly runId: number; readonly state: EndedJobRunState },
): Work<boolean> {
  const { ownerId, runId, state } = ended;
  const row = yield* findOwned(ownerId, runId);
  if (row === undefined) return false;
  const { lifeCycleState, resultState: result, stateMessage: message } = state;
  yield* run(endRow({ runId, state: lifeCycleState, result, message, now: context.clock.nowMs() }));
  yield* endClusterOfRun(context, runId);
  return true;
}

/** The run, for as long as the transaction lasts, if it is the owner's and has not ended. */
function* findOwned(ownerId: string, runId: number): Work<JobRunRow | undefined> {
  return yield* first(selectOwned({ ownerId, runId }));
}

const selectOwned = statement<{ ownerId: string; runId: number }>()((db, arg, dialect) =>
  db
    .selectFrom("job_runs")
    .selectAll()
    .where("id", "=", arg("runId"))
    .where("owner_uuid", "=", arg("ownerId"))
    .where("end_time_ms", "is", null)
    .modifyEnd(dialect.lockForUpdate),
);

type Changed = {
  runId: number;
  state: string;
  message: string;
  clusterId: string | null;
  handle: string | null;
  tokenId: string | null;
  taskStartTimeMs: number | null;
};

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
    .where("id", "=", arg("runId")),
);

const putBack = statement<{ runId: number }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({
      state: "QUEUED",
      message: "Waits for its turn.",
      owner_uuid: null,
      claim_time_ms: null,
      cluster_uuid: null,
    })
    .where("id", "=", arg("runId"))
    .where("cancel_message", "is", null),
);

type Ended = { runId: number; state: string; result: string; message: string; now: number };

const endRow = statement<Ended>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ state: arg("state"), result: arg("result"), message: arg("message"), end_time_ms: arg("now") })
    .where("id", "=", arg("runId")),
);
