import { AppError } from "@flightdeck/core";
import type {
  JobRun,
  JobRunLifeCycleState,
  JobRunParameters,
  JobRunResultState,
  JobRunType,
  JobTaskSpec,
} from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { JobRunTable } from "../database/tables.ts";
import { first, type Work } from "../database/work.ts";
import type { JobDocument, OwnedJobRun } from "./job-store.ts";

export type JobRunRow = Selectable<JobRunTable>;

export function* getJobRunRow(runId: number): Work<JobRunRow> {
  return present(yield* first(selectRun({ runId })), runId);
}

/** The same, for a write that depends on the run's state: others that change it wait. */
export function* lockJobRunRow(runId: number): Work<JobRunRow> {
  return present(yield* first(selectLocked({ runId })), runId);
}

/** What the store has written as JSON and under these names is all that it reads. */
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
    ...(row.handle !== null && { handle: JSON.parse(row.handle) as JobDocument }), // The store writes nothing else.
    ...(row.submit_token_uuid !== null && { submitTokenId: row.submit_token_uuid }),
    ...(row.token_uuid !== null && { tokenId: row.token_uuid }),
    ...(row.cancel_message !== null && { cancelMessage: row.cancel_message }),
  };
}

/** databricks-sdk knows an absent run by this very sentence. */
function present(row: JobRunRow | undefined, runId: number): JobRunRow {
  if (row !== undefined) return row;
  throw new AppError("INVALID_PARAMETER_VALUE", `Run ${runId} does not exist.`);
}

const selectRun = statement<{ runId: number }>()((db, arg) =>
  db.selectFrom("job_runs").selectAll().where("id", "=", arg("runId")),
);

const selectLocked = statement<{ runId: number }>()((db, arg, dialect) =>
  db.selectFrom("job_runs").selectAll().where("id", "=", arg("runId")).modifyEnd(dialect.lockForUpdate),
);
