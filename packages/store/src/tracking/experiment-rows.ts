import { AppError } from "@flightdeck/core";
import type { Experiment, Tag } from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { ExperimentTable } from "../database/tables.ts";
import { first, type Work } from "../database/work.ts";

export type ExperimentRow = Selectable<ExperimentTable>;

/** Returns the row, even if deleted. Throws `RESOURCE_DOES_NOT_EXIST` when it does not exist. */
export function getExperimentRow(experimentId: string): Work<ExperimentRow> {
  return requireExperimentRow(experimentId, selectById);
}

/** Like `getExperimentRow`, but locks the row until the write transaction ends. */
export function lockExperimentRow(experimentId: string): Work<ExperimentRow> {
  return requireExperimentRow(experimentId, selectLocked);
}

function* requireExperimentRow(experimentId: string, select: typeof selectById): Work<ExperimentRow> {
  const id = parseExperimentId(experimentId);
  const row = yield* first(select({ id }));
  if (row === undefined) throw experimentNotFound(id);
  return row;
}

/** Returns the row of an active experiment and keeps it active until the write transaction ends. */
export function* getActiveExperimentRow(experimentId: string): Work<ExperimentRow> {
  const row = yield* requireExperimentRow(experimentId, selectShared);
  if (row.deleted_time_ms === null) return row;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `The experiment ${row.id} must be in the 'active' state. Current state is deleted.`,
  );
}

export function experimentFromRow(row: ExperimentRow, tags: readonly Tag[]): Experiment {
  return {
    experimentId: String(row.id),
    name: row.name,
    artifactLocation: row.artifact_location,
    lifecycleStage: row.deleted_time_ms === null ? "active" : "deleted",
    creationTimeMs: row.creation_time_ms,
    lastUpdateTimeMs: row.last_update_time_ms,
    tags,
  };
}

/** Parses an experiment id. Returns undefined for text that is not an id. */
export function findExperimentNumber(experimentId: string): number | undefined {
  const id = /^\s*[+-]?\d+\s*$/.test(experimentId) ? Number(experimentId) : Number.NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}

/** Parses an experiment id. An empty id is invalid too; calls that give it a meaning must handle it themselves. */
export function parseExperimentId(experimentId: string): number {
  const id = findExperimentNumber(experimentId);
  if (id !== undefined) return id;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Invalid experiment ID '${experimentId}'. Experiment ID must be a valid integer.`,
  );
}

/** Parses experiment ids. The result is sorted and has no duplicates. */
export function parseExperimentIds(experimentIds: readonly string[]): readonly number[] {
  return [...new Set(experimentIds.map(parseExperimentId))].sort((a, b) => a - b);
}

export function experimentNotFound(id: number): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `No Experiment with id=${id} exists`);
}

export function experimentNameNotFound(name: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `Could not find experiment with name '${name}'`);
}

const selectById = statement<{ id: number }>()((db, arg) =>
  db.selectFrom("experiments").selectAll().where("id", "=", arg("id")),
);

const selectShared = statement<{ id: number }>()((db, arg, dialect) =>
  db.selectFrom("experiments").selectAll().where("id", "=", arg("id")).modifyEnd(dialect.lockForShare),
);

const selectLocked = statement<{ id: number }>()((db, arg, dialect) =>
  db.selectFrom("experiments").selectAll().where("id", "=", arg("id")).modifyEnd(dialect.lockForUpdate),
);
