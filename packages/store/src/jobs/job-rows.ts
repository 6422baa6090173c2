import { AppError } from "@flightdeck/core";
import type { Job, JobSettingsWire } from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { JobTable } from "../database/tables.ts";
import { first, type Work } from "../database/work.ts";

export type JobRow = Selectable<JobTable>;

/** A job that somebody has made, and not deleted. */
export function* getJobRow(jobId: number): Work<JobRow> {
  return present(yield* first(selectJob({ jobId })), jobId);
}

/** The same, for a write that depends on how many runs the job has, or on its settings: others that do wait for it. */
export function* lockJobRow(jobId: number): Work<JobRow> {
  return present(yield* first(selectLocked({ jobId })), jobId);
}

export function jobFromRow(row: JobRow): Job {
  return {
    jobId: row.id,
    creatorUserName: row.creator,
    createdTimeMs: row.created_time_ms,
    settings: JSON.parse(row.settings ?? "{}") as JobSettingsWire, // The store writes nothing else.
  };
}

function present(row: JobRow | undefined, jobId: number): JobRow {
  if (row !== undefined && row.settings !== null && row.deleted_time_ms === null) return row;
  throw new AppError("INVALID_PARAMETER_VALUE", `Job ${jobId} does not exist.`);
}

const selectJob = statement<{ jobId: number }>()((db, arg) =>
  db.selectFrom("jobs").selectAll().where("id", "=", arg("jobId")),
);

const selectLocked = statement<{ jobId: number }>()((db, arg, dialect) =>
  db.selectFrom("jobs").selectAll().where("id", "=", arg("jobId")).modifyEnd(dialect.lockForUpdate),
);
