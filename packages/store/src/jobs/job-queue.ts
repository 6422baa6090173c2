import { sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { statement } from "../database/statement.ts";
import { all, first, execute, type Work } from "../database/work.ts";
import { giveLease } from "./job-owners.ts";
import { type JobRunRow, ownedJobRunFromRow } from "./job-rows.ts";
import type { JobOwner, OwnedJobRun } from "./job-store.ts";

/** Runs in a write transaction. */
export function* claimNextRun(
  context: StoreContext,
  owner: JobOwner,
  leaseMs: number,
): Work<OwnedJobRun | undefined> {
  const row = yield* claim(context, owner.ownerId);
  if (row === undefined) return undefined;
  yield* giveLease(context, owner, leaseMs);
  return ownedJobRunFromRow(row);
}

/** Retries when another server was faster. That server got a run each time, so the loop ends. */
function* claim(context: StoreContext, ownerId: string): Work<JobRunRow | undefined> {
  for (;;) {
    const found = yield* first(selectFirstQueued({}));
    if (found === undefined) return undefined;
    const { id, job_id: jobId } = found;
    yield* all(lockJob({ jobId })); // Others wait to count the job's active runs until this claim commits.
    const [row] = yield* all(takeQueued({ id, ownerId, now: context.clock.nowMs() }));
    if (row !== undefined) return row;
  }
}

/** Whether `claimNextRun` would find a run. */
export function* hasRunToClaim(): Work<boolean> {
  return (yield* first(selectFirstQueued({}))) !== undefined;
}

/** Runs in a write transaction. */
export function* requestCancel(context: StoreContext, jobRunId: number, message: string): Work<void> {
  yield* execute(endQueued({ jobRunId, message, now: context.clock.nowMs() }));
  yield* execute(markCancelRequested({ jobRunId, message }));
}

/** Runs in a write transaction. */
export function* requestCancelAll(
  context: StoreContext,
  which: { readonly jobId: number } | "queued",
  message: string,
): Work<void> {
  const now = context.clock.nowMs();
  if (which === "queued") {
    yield* execute(endAllQueued({ message, now }));
    return;
  }
  const { jobId } = which;
  yield* execute(endQueuedOfJob({ jobId, message, now }));
  yield* execute(markCancelRequestedOfJob({ jobId, message }));
}

// Literal SQL rather than bound parameters, so that the partial indexes with the same conditions apply.
const IS_QUEUED = sql<boolean>`state = 'QUEUED'`;
const IS_ACTIVE = sql<boolean>`owner_uuid IS NOT NULL AND end_time_ms IS NULL`;

/** How many runs of a job may be active. At least one, so that runs already in the queue still finish when the limit is 0. */
const ACTIVE_MAX = sql<number>`CASE WHEN max_concurrent_runs < 1 THEN 1 ELSE max_concurrent_runs END`;

/** Whether the run's job has room for another active run. */
const MAY_RUN = sql<boolean>`(
  SELECT count(*) FROM job_runs AS others WHERE others.job_id = job_runs.job_id AND ${IS_ACTIVE}
) < (SELECT ${ACTIVE_MAX} FROM jobs WHERE jobs.id = job_runs.job_id)`;

/** Computed once per query, because thousands of runs may be waiting for one job. */
const FULL_JOBS = sql<number>`(
  SELECT job_id FROM job_runs AS others, jobs WHERE jobs.id = others.job_id AND ${IS_ACTIVE}
  GROUP BY job_id, max_concurrent_runs HAVING count(*) >= ${ACTIVE_MAX})`;

const selectFirstQueued = statement<Record<string, never>>()((db) =>
  db
    .selectFrom("job_runs")
    .select(["id", "job_id"])
    .where(IS_QUEUED)
    .where("job_id", "not in", FULL_JOBS)
    .orderBy("id")
    .limit(1),
);

const lockJob = statement<{ jobId: number }>()((db, arg, dialect) =>
  db.selectFrom("jobs").select("id").where("id", "=", arg("jobId")).modifyEnd(dialect.lockForUpdate),
);

const takeQueued = statement<{ id: number; ownerId: string; now: number }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({
      state: "PENDING",
      message: "",
      owner_uuid: arg("ownerId"),
      claim_time_ms: arg("now"),
    })
    .where("id", "=", arg("id"))
    .where(IS_QUEUED)
    .where(MAY_RUN)
    .returningAll(),
);

const endQueued = statement<{ jobRunId: number; message: string; now: number }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ state: "TERMINATED", result: "CANCELED", message: arg("message"), end_time_ms: arg("now") })
    .where("id", "=", arg("jobRunId"))
    .where(IS_QUEUED),
);

const endQueuedOfJob = statement<{ jobId: number; message: string; now: number }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ state: "TERMINATED", result: "CANCELED", message: arg("message"), end_time_ms: arg("now") })
    .where("job_id", "=", arg("jobId"))
    .where(IS_QUEUED),
);

const endAllQueued = statement<{ message: string; now: number }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ state: "TERMINATED", result: "CANCELED", message: arg("message"), end_time_ms: arg("now") })
    .where(IS_QUEUED),
);

const markCancelRequested = statement<{ jobRunId: number; message: string }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ state: "TERMINATING", cancel_message: arg("message") })
    .where("id", "=", arg("jobRunId"))
    .where("end_time_ms", "is", null)
    .where("cancel_message", "is", null),
);

const markCancelRequestedOfJob = statement<{ jobId: number; message: string }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ state: "TERMINATING", cancel_message: arg("message") })
    .where("job_id", "=", arg("jobId"))
    .where("end_time_ms", "is", null)
    .where("cancel_message", "is", null),
);
