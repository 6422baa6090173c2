import { sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { statement } from "../database/statement.ts";
import { all, first, execute, type Work } from "../database/work.ts";
import { giveLease } from "./job-owners.ts";
import { type JobRunRow, ownedJobRunFromRow } from "./job-rows.ts";
import type { JobOwner, OwnedJobRun } from "./job-store.ts";

/** Part of a write. */
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

/** Looks again when another server was faster: then that one has got a run, so this ends. */
function* claim(context: StoreContext, ownerId: string): Work<JobRunRow | undefined> {
  for (;;) {
    const found = yield* first(selectFirstQueued({}));
    if (found === undefined) return undefined;
    const { id, job_id: jobId } = found;
    yield* all(lockJob({ jobId })); // Nobody else counts the job's runs while this one joins them.
    const [row] = yield* all(takeQueued({ id, ownerId, now: context.clock.nowMs() }));
    if (row !== undefined) return row;
  }
}

/** Whether `claimNextRun` would find one. */
export function* hasRunToClaim(): Work<boolean> {
  return (yield* first(selectFirstQueued({}))) !== undefined;
}

/** Part of a write. */
export function* requestCancel(context: StoreContext, jobRunId: number, message: string): Work<void> {
  yield* execute(endQueued({ jobRunId, message, now: context.clock.nowMs() }));
  yield* execute(askToEnd({ jobRunId, message }));
}

/** Part of a write. */
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
  yield* execute(askJobToEnd({ jobId, message }));
}

// Conditions that partial indexes are made for stand in the text, so that those indexes serve.
const IS_QUEUED = sql<boolean>`state = 'QUEUED'`;
const IS_UNDER_WAY = sql<boolean>`owner_uuid IS NOT NULL AND end_time_ms IS NULL`;

/** How many runs of a job may be under way; one of those that wait, also where no more are to be started. */
const MAY_BE_UNDER_WAY = sql<number>`CASE WHEN max_concurrent_runs < 1 THEN 1 ELSE max_concurrent_runs END`;

/** Of the run at hand: its job has not as many under way as it may have. */
const MAY_RUN = sql<boolean>`(
  SELECT count(*) FROM job_runs AS others WHERE others.job_id = job_runs.job_id AND ${IS_UNDER_WAY}
) < (SELECT ${MAY_BE_UNDER_WAY} FROM jobs WHERE jobs.id = job_runs.job_id)`;

/** Found once for all that wait: thousands may, behind a job that has as many under way as it may have. */
const FULL_JOBS = sql<number>`(
  SELECT job_id FROM job_runs AS others, jobs WHERE jobs.id = others.job_id AND ${IS_UNDER_WAY}
  GROUP BY job_id, max_concurrent_runs HAVING count(*) >= ${MAY_BE_UNDER_WAY})`;

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

const askToEnd = statement<{ jobRunId: number; message: string }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ state: "TERMINATING", cancel_message: arg("message") })
    .where("id", "=", arg("jobRunId"))
    .where("end_time_ms", "is", null)
    .where("cancel_message", "is", null),
);

const askJobToEnd = statement<{ jobId: number; message: string }>()((db, arg) =>
  db
    .updateTable("job_runs")
    .set({ state: "TERMINATING", cancel_message: arg("message") })
    .where("job_id", "=", arg("jobId"))
    .where("end_time_ms", "is", null)
    .where("cancel_message", "is", null),
);
