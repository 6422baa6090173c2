import { AppError, assert } from "@flightdeck/core";
import {
  type Job,
  type JobRun,
  type JobRunLifeCycleState,
  type JobRunParameters,
  type JobRunResultState,
  type JobRunType,
  type JobSettingsWire,
  type JobTaskSpec,
  LIMITS,
} from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { statement } from "../database/statement.ts";
import type { JobRunTable, JobTable } from "../database/tables.ts";
import { first, type Work } from "../database/work.ts";
import { checkedDocument, checkLength } from "../validation/text.ts";
import type { JobDocument, OwnedJobRun } from "./job-store.ts";

type JobRow = Selectable<JobTable>;

/** Returns a job that was created explicitly and is not deleted. */
export function* getJobRow(jobId: number): Work<JobRow> {
  return existingJob(yield* first(selectJob({ jobId })), jobId);
}

/** Like `getJobRow`, but locks the job for a write that depends on its settings or its number of runs. */
export function* lockJobRow(jobId: number): Work<JobRow> {
  return existingJob(yield* first(selectLockedJob({ jobId })), jobId);
}

export function jobFromRow(row: JobRow): Job {
  return {
    jobId: row.id,
    creatorUserName: row.creator,
    createdTimeMs: row.created_time_ms,
    settings: JSON.parse(row.settings ?? "{}") as JobSettingsWire, // Only the store writes this column.
  };
}

function existingJob(row: JobRow | undefined, jobId: number): JobRow {
  if (row !== undefined && row.settings !== null && row.deleted_time_ms === null) return row;
  throw new AppError("INVALID_PARAMETER_VALUE", `Job ${jobId} does not exist.`);
}

/** Databricks' default for a job without `max_concurrent_runs`. */
const MAX_CONCURRENT_RUNS = 1;

/** Without settings, inserts the implicit job of a one-time run. Runs in a write transaction. */
export function* insertJob(
  context: StoreContext,
  { settings, creatorUserName }: { settings?: JobSettingsWire | undefined; creatorUserName: string },
): Work<number> {
  const values = {
    ...columnsOf(settings),
    creator: creatorUserName,
    now: context.clock.nowMs(),
  };
  const row = yield* first(insertRow(values));
  assert(row !== undefined, "an insert returns its row");
  return row.id;
}

export type Columns = { name: string; settings: string | null; maxConcurrentRuns: number; isQueued: number };

export function columnsOf(settings: JobSettingsWire | undefined): Columns {
  checkLength("name", settings?.name ?? "", LIMITS.jobNameCharsMax);
  return {
    name: settings?.name ?? "",
    settings: settings === undefined ? null : checkedDocument("a job's settings", settings),
    maxConcurrentRuns: settings?.max_concurrent_runs ?? MAX_CONCURRENT_RUNS,
    isQueued: Number(settings?.queue?.enabled ?? false),
  };
}

export type JobRunRow = Selectable<JobRunTable>;

/** The state message of a run in the queue. */
export const QUEUED_MESSAGE = "Waiting in the queue.";

export function* getJobRunRow(jobRunId: number): Work<JobRunRow> {
  return existingRun(yield* first(selectRun({ jobRunId })), jobRunId);
}

/** Like `getJobRunRow`, but locks the run for a write that depends on its state. */
export function* lockJobRunRow(jobRunId: number): Work<JobRunRow> {
  return existingRun(yield* first(selectLockedRun({ jobRunId })), jobRunId);
}

/** The casts are safe: only the store writes these columns. */
export function jobRunFromRow(row: JobRunRow): JobRun {
  return {
    runId: row.id,
    jobId: row.job_id,
    runName: row.name,
    runType: row.type as JobRunType,
    creatorUserName: row.creator,
    spec: JSON.parse(row.spec) as JobTaskSpec,
    parameters: JSON.parse(row.parameters) as JobRunParameters,
    state: {
      lifeCycleState: row.state as JobRunLifeCycleState,
      ...(row.result !== null && { resultState: row.result as JobRunResultState }),
      stateMessage: row.message,
    },
    ...(row.cluster_uuid !== null && { clusterId: row.cluster_uuid }),
    submitTimeMs: row.submit_time_ms,
    ...(row.claim_time_ms !== null && { claimTimeMs: row.claim_time_ms }),
    ...(row.task_start_time_ms !== null && { taskStartTimeMs: row.task_start_time_ms }),
    ...(row.end_time_ms !== null && { endTimeMs: row.end_time_ms }),
  };
}

export function ownedJobRunFromRow(row: JobRunRow): OwnedJobRun {
  return {
    run: jobRunFromRow(row),
    handle: row.handle === null ? undefined : (JSON.parse(row.handle) as JobDocument), // Only the store writes this column.
    submitTokenId: row.submit_token_uuid ?? undefined,
    tokenId: row.token_uuid ?? undefined,
    cancelMessage: row.cancel_message ?? undefined,
  };
}

/** databricks-sdk recognizes a missing run by this exact message. */
function existingRun(row: JobRunRow | undefined, jobRunId: number): JobRunRow {
  if (row !== undefined) return row;
  throw new AppError("INVALID_PARAMETER_VALUE", `Run ${jobRunId} does not exist.`);
}

const selectJob = statement<{ jobId: number }>()((db, arg) =>
  db.selectFrom("jobs").selectAll().where("id", "=", arg("jobId")),
);

const selectLockedJob = statement<{ jobId: number }>()((db, arg, dialect) =>
  db.selectFrom("jobs").selectAll().where("id", "=", arg("jobId")).modifyEnd(dialect.lockForUpdate),
);

const insertRow = statement<Columns & { creator: string; now: number }>()((db, arg) =>
  db
    .insertInto("jobs")
    .values({
      name: arg("name"),
      creator: arg("creator"),
      created_time_ms: arg("now"),
      settings: arg("settings"),
      max_concurrent_runs: arg("maxConcurrentRuns"),
      is_queued: arg("isQueued"),
      deleted_time_ms: null,
    })
    .returning("id"),
);

const selectRun = statement<{ jobRunId: number }>()((db, arg) =>
  db.selectFrom("job_runs").selectAll().where("id", "=", arg("jobRunId")),
);

const selectLockedRun = statement<{ jobRunId: number }>()((db, arg, dialect) =>
  db.selectFrom("job_runs").selectAll().where("id", "=", arg("jobRunId")).modifyEnd(dialect.lockForUpdate),
);
