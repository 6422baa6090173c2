import { AppError } from "@flightdeck/core";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { TraceTable } from "../database/tables.ts";
import { all, first, type Work } from "../database/work.ts";

export type TraceRow = Selectable<TraceTable>;

/** Throws `RESOURCE_DOES_NOT_EXIST` when the trace does not exist. */
export function* getTraceRow(traceId: string): Work<TraceRow> {
  return existing(yield* first(selectTrace({ traceId })), traceId);
}

/** Like `getTraceRow`, but locks the row for a write that depends on what it read. */
export function* lockTraceRow(traceId: string): Work<TraceRow> {
  return existing(yield* lockTraceRowIfAny(traceId), traceId);
}

export function* lockTraceRowIfAny(traceId: string): Work<TraceRow | undefined> {
  return yield* first(selectLocked({ traceId }));
}

function existing(row: TraceRow | undefined, traceId: string): TraceRow {
  if (row !== undefined) return row;
  throw traceNotFound(traceId);
}

export function traceNotFound(traceId: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `Trace with ID '${traceId}' not found.`);
}

/** Returns the rows that exist, in no particular order. */
export function* findTraceRows(traceIds: readonly string[]): Work<readonly TraceRow[]> {
  return yield* all(selectTraces({ traceIds: JSON.stringify(traceIds) }));
}

/** Refuses to change a trace of another experiment, to which the caller may not have access. */
export function checkExperiment(row: TraceRow, experimentId: number): void {
  if (row.experiment_id === experimentId) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Trace with ID '${row.trace_uuid}' does not belong to experiment ${experimentId}.`,
  );
}

/** MLflow's tags of traces (`mlflow/tracing/constant.py`). */
export const TRACE_TAGS = {
  name: "mlflow.traceName",
  artifactLocation: "mlflow.artifactLocation",
  spansLocation: "mlflow.trace.spansLocation",
} as const;

/** Value of `TRACE_TAGS.spansLocation` for a trace whose spans are in this store rather than in an artifact. */
export const SPANS_ARE_HERE = "TRACKING_STORE";

/** MLflow's metadata keys of traces. */
export const TRACE_METADATA = {
  /** `true` once `startTrace` has been called; spans no longer change the trace's times after that. */
  isFinalized: "mlflow.trace.infoFinalized",
  /** JSON with the number of spans. */
  sizeStats: "mlflow.trace.sizeStats",
  sourceRun: "mlflow.sourceRun",
  session: "mlflow.trace.session",
  user: "mlflow.trace.user",
} as const;

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
