import { AppError, assert } from "@flightdeck/core";
import type { Assessment, AssessmentError, AssessmentValue, Tag } from "@flightdeck/protocol";
import type { Selectable } from "kysely";
import { statement } from "../database/statement.ts";
import type { TraceAssessmentTable } from "../database/tables.ts";
import { all, first, type Work } from "../database/work.ts";
import type { TraceRow } from "./trace-rows.ts";

export type AssessmentRow = Selectable<TraceAssessmentTable>;

/** Assessments by trace row id, in order of creation. */
export function* assessmentsOf(
  traces: readonly TraceRow[],
): Work<ReadonlyMap<number, readonly Assessment[]>> {
  const rows = yield* all(selectByTraces({ ids: JSON.stringify(traces.map(({ id }) => id)) }));
  const byTrace = Map.groupBy(rows, ({ trace_id }) => trace_id);
  return new Map(
    traces.map((trace) => [
      trace.id,
      (byTrace.get(trace.id) ?? []).map((row) => assessmentFromRow(row, trace.trace_uuid)),
    ]),
  );
}

/** Throws `RESOURCE_DOES_NOT_EXIST` when it does not exist. */
export function* getAssessmentRow(trace: TraceRow, assessmentId: string): Work<AssessmentRow> {
  const row = yield* findAssessmentRow(trace, assessmentId);
  if (row === undefined) throw assessmentNotFound(assessmentId, trace.trace_uuid);
  return row;
}

export function* findAssessmentRow(trace: TraceRow, assessmentId: string): Work<AssessmentRow | undefined> {
  return yield* first(selectOne({ traceId: trace.id, assessmentId }));
}

export function assessmentNotFound(assessmentId: string, traceId: string): AppError {
  return new AppError(
    "RESOURCE_DOES_NOT_EXIST",
    `Assessment with ID '${assessmentId}' not found for trace '${traceId}'`,
  );
}

export function assessmentFromRow(row: AssessmentRow, traceId: string): Assessment {
  return {
    assessmentId: row.assessment_uuid,
    name: row.name,
    traceId,
    ...(row.span_id !== null && { spanId: row.span_id }),
    source: { sourceType: row.source_type, sourceId: row.source_id },
    createTimeMs: row.create_time_ms,
    lastUpdateTimeMs: row.last_update_time_ms,
    value: valueFromRow(row),
    ...(row.rationale !== null && { rationale: row.rationale }),
    metadata: JSON.parse(row.metadata) as readonly Tag[], // Only the store writes this column.
    ...(row.overrides !== null && { overrides: row.overrides }),
    valid: row.is_valid === 1,
  };
}

function valueFromRow(row: AssessmentRow): AssessmentValue {
  const value: unknown = JSON.parse(row.value);
  if (row.kind === "expectation") return { kind: "expectation", value };
  assert(row.kind === "feedback", `unexpected kind of assessment '${row.kind}'`);
  if (row.error === null) return { kind: "feedback", value };
  return { kind: "feedback", value, error: JSON.parse(row.error) as AssessmentError }; // Only the store writes this column.
}

/** Columns of an assessment's value, including those for searches. */
export type ValueColumns = {
  readonly value: string;
  readonly valueText: string;
  readonly valueNumber: number | null;
  readonly error: string | null;
};

export function valueColumns(assessed: AssessmentValue): ValueColumns {
  const value = JSON.stringify(assessed.value ?? null);
  const error = assessed.kind === "feedback" ? assessed.error : undefined;
  return {
    value,
    valueText: typeof assessed.value === "string" ? assessed.value : value,
    valueNumber: typeof assessed.value === "number" ? assessed.value : null,
    error: error === undefined ? null : JSON.stringify(error),
  };
}

const selectByTraces = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("trace_assessments")
    .selectAll()
    .where("trace_id", "in", dialect.listOfIntegers(arg("ids")))
    .orderBy("create_time_ms")
    .orderBy("id"),
);

const selectOne = statement<{ traceId: number; assessmentId: string }>()((db, arg) =>
  db
    .selectFrom("trace_assessments")
    .selectAll()
    .where("trace_id", "=", arg("traceId"))
    .where("assessment_uuid", "=", arg("assessmentId")),
);
