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

/** Tags and metadata of traces with a meaning to MLflow (`mlflow/tracing/constant.py`). */
export const TRACE_TAGS = {
  name: "mlflow.traceName",
  artifactLocation: "mlflow.artifactLocation",
  spansLocation: "mlflow.trace.spansLocation",
} as const;

/** What `TRACE_TAGS.spansLocation` says of a trace whose spans are here, and not among its artifacts. */
export const SPANS_ARE_HERE = "TRACKING_STORE";

export const TRACE_METADATA = {
  /** `true` once the trace as a whole has been told of, which spans then no longer change. */
  isFinalized: "mlflow.trace.infoFinalized",
  /** JSON; tells how many spans there are. */
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
