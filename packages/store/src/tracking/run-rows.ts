import { AppError } from "@flightdeck/core";
import type { RunInfo, RunStatus } from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { RunTable } from "../database/tables.ts";
import { first, type Work } from "../database/work.ts";

export type RunRow = Selectable<RunTable>;

/** Returns the row, even if deleted, or undefined. */
export function findRunRow(runId: string): Work<RunRow | undefined> {
  return first(selectRun({ runId }));
}

/** Returns the row, even if deleted. Throws `RESOURCE_DOES_NOT_EXIST` when it does not exist. */
export function getRunRow(runId: string): Work<RunRow> {
  return requireRunRow(runId, selectRun);
}

function* requireRunRow(runId: string, select: typeof selectRun): Work<RunRow> {
  const row = yield* first(select({ runId }));
  if (row === undefined) throw runNotFound(runId);
  return row;
}

export function runNotFound(runId: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `Run with id=${runId} not found`);
}

/** Like `getRunRow`, but locks the row until the write transaction ends. */
export function lockRunRow(runId: string): Work<RunRow> {
  return requireRunRow(runId, selectLocked);
}

/** Returns the row of an active run. Runs in a write transaction. */
export function* getActiveRunRow(runId: string): Work<RunRow> {
  return assertActive(yield* getRunRow(runId));
}

/** Like `getActiveRunRow`, but locks the row for a write that depends on what it read. */
export function* lockActiveRunRow(runId: string): Work<RunRow> {
  return assertActive(yield* requireRunRow(runId, selectLocked));
}

function assertActive(row: RunRow): RunRow {
  if (row.deleted_time_ms === null) return row;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `The run ${row.run_uuid} must be in the 'active' state. Current state is deleted.`,
  );
}

export function runInfoFromRow(row: RunRow): RunInfo {
  return {
    runId: row.run_uuid,
    runName: row.name,
    experimentId: String(row.experiment_id),
    userId: row.user_id,
    status: row.status as RunStatus, // Only the store writes this column.
    startTimeMs: row.start_time_ms,
    ...(row.end_time_ms !== null && { endTimeMs: row.end_time_ms }),
    artifactUri: row.artifact_uri,
    lifecycleStage: row.deleted_time_ms === null ? "active" : "deleted",
  };
}

const selectRun = statement<{ runId: string }>()((db, arg) =>
  db.selectFrom("runs").selectAll().where("run_uuid", "=", arg("runId")),
);

const selectLocked = statement<{ runId: string }>()((db, arg, dialect) =>
  db.selectFrom("runs").selectAll().where("run_uuid", "=", arg("runId")).modifyEnd(dialect.lockForUpdate),
);
