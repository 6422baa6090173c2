import { AppError } from "@flightdeck/core";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { TraceTable } from "../database/tables.ts";
import { all, first, type Work } from "../database/work.ts";

export type TraceRow = Selectable<TraceTable>;

/** The row; throws `RESOURCE_DOES_NOT_EXIST` when absent. */
export function* getTraceRow(traceId: string): Work<TraceRow> {
  return present(yield* first(selectTrace({ traceId })), traceId);
}

/** The same, for a write that changes what it has read of the trace: others that do so wait for it. */
export function* lockTraceRow(traceId: string): Work<TraceRow> {
  return present(yield* lockTraceRowIfAny(traceId), traceId);
}

export function* lockTraceRowIfAny(traceId: string): Work<TraceRow | undefined> {
  return yield* first(selectLocked({ traceId }));
}

function present(row: TraceRow | undefined, traceId: string): TraceRow {
  if (row !== undefined) return row;
  throw traceNotFound(traceId);
}

export function traceNotFound(traceId: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `Trace with ID '${traceId}' not found.`);
}

/** Those that are there, in no order. */
export function* findTraceRows(traceIds: readonly string[]): Work<readonly TraceRow[]> {
  return yield* all(selectTraces({ traceIds: JSON.stringify(traceIds) }));
}

/** Of another experiment a trace is not touched: who may write to one may not write to all. */
export function checkExperiment(row: TraceRow, experimentId: number): void {
  if (row.experiment_id === experimentId) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Trace with ID '${row.trace_uuid}' belongs to another experiment than ${experimentId}.`,
  );
}

const selectTrace = statement<{ traceId: string }>()((db, arg) =>
  db.selectFrom("traces").selectAll().where("trace_uuid", "=", arg("traceId")),
);

const selectLocked = statement<{ traceId: string }>()((db, arg, dialect) =>
  db
    .selectFrom("traces")
    .selectAll()
    .where("trace_uuid", "=", arg("traceId"))
    .modifyEnd(dialect.lockForUpdate),
);

const selectTraces = statement<{ traceIds: string }>()((db, arg, dialect) =>
  db
    .selectFrom("traces")
    .selectAll()
    .where("trace_uuid", "in", dialect.listOfTexts(arg("traceIds"))),
);
