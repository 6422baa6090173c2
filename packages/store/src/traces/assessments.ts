import { AppError, newAssessmentId } from "@flightdeck/core";
import type { Assessment, AssessmentUpdate, Tag } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { insertRows, execute, type Work } from "../database/work.ts";
import {
  assessmentFromRow,
  assessmentNotFound,
  type AssessmentRow,
  findAssessmentRow,
  getAssessmentRow,
  type ValueColumns,
  valueColumns,
} from "./assessment-rows.ts";
import { checkCount } from "./check-trace.ts";
import { getTraceRow } from "./trace-rows.ts";

/** Runs in a write transaction. */
export function* createAssessment(assessment: Assessment, nowMs: number): Work<Assessment> {
  const trace = yield* getTraceRow(assessment.traceId);
  const { overrides } = assessment;
  if (overrides !== undefined) {
    if ((yield* findAssessmentRow(trace, overrides)) === undefined) {
      throw assessmentNotFound(overrides, trace.trace_uuid);
    }
    yield* execute(updateValid({ traceId: trace.id, assessmentId: overrides, isValid: 0 }));
  }
  // The store chooses the id: an id chosen by the caller could overwrite another assessment.
  const assessmentId = yield* insertAssessment(trace.id, { ...assessment, assessmentId: "" }, nowMs);
  return assessmentFromRow(yield* getAssessmentRow(trace, assessmentId), trace.trace_uuid);
}

export function* getAssessment(traceId: string, assessmentId: string): Work<Assessment> {
  const row = yield* getAssessmentRow(yield* getTraceRow(traceId), assessmentId);
  return assessmentFromRow(row, traceId);
}

export type AssessmentChange = {
  readonly traceId: string;
  readonly assessmentId: string;
  readonly update: AssessmentUpdate;
};

/** Runs in a write transaction. */
export function* updateAssessment(change: AssessmentChange, nowMs: number): Work<Assessment> {
  const { traceId, assessmentId, update } = change;
  const trace = yield* getTraceRow(traceId);
  const row = yield* getAssessmentRow(trace, assessmentId);
  checkKind(row, update);
  const columns = update.value === undefined ? columnsOf(row) : valueColumns(update.value);
  const metadata = joined(assessmentFromRow(row, traceId).metadata, update.metadata ?? []);
  checkCount("metadata", metadata.length);
  yield* execute(
    updateRow({
      id: row.id,
      name: update.name ?? row.name,
      ...columns,
      rationale: update.rationale ?? row.rationale,
      metadata: JSON.stringify(metadata),
      now: nowMs,
    }),
  );
  return assessmentFromRow(yield* getAssessmentRow(trace, assessmentId), traceId);
}

/** No error when it does not exist. Runs in a write transaction. */
export function* deleteAssessment(traceId: string, assessmentId: string): Work<void> {
  const trace = yield* getTraceRow(traceId);
  const row = yield* findAssessmentRow(trace, assessmentId);
  if (row === undefined) return;
  if (row.overrides !== null) {
    yield* execute(updateValid({ traceId: trace.id, assessmentId: row.overrides, isValid: 1 }));
  }
  yield* execute(deleteRow({ id: row.id }));
}

/** Returns the id. Overwrites an assessment of the trace with the same id. Runs in a write transaction. */
export function* insertAssessment(traceId: number, assessment: Assessment, nowMs: number): Work<string> {
  const { source, value, metadata } = assessment;
  const assessmentId = assessment.assessmentId === "" ? newAssessmentId() : assessment.assessmentId;
  const columns = valueColumns(value);
  const createTimeMs = assessment.createTimeMs === 0 ? nowMs : assessment.createTimeMs;
  yield* insertRows(UPSERT, [
    [
      traceId,
      assessmentId,
      value.kind,
      assessment.name,
      assessment.spanId ?? null,
      source.sourceType,
      source.sourceId,
      createTimeMs,
      Math.max(createTimeMs, assessment.lastUpdateTimeMs),
      columns.value,
      columns.valueText,
      columns.valueNumber,
      columns.error,
      assessment.rationale ?? null,
      JSON.stringify(joined([], metadata)),
      assessment.overrides ?? null,
      assessment.valid ? 1 : 0,
    ],
  ]);
  return assessmentId;
}

function checkKind(row: AssessmentRow, { value }: AssessmentUpdate): void {
  if (value === undefined || value.kind === row.kind) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    value.kind === "expectation"
      ? "Cannot update expectation value on a Feedback assessment."
      : "Cannot update feedback value on an Expectation assessment.",
  );
}

function columnsOf(row: AssessmentRow): ValueColumns {
  return { value: row.value, valueText: row.value_text, valueNumber: row.value_number, error: row.error };
}

/** Merges by key, sorted; the last value of a key wins. */
function joined(old: readonly Tag[], fresh: readonly Tag[]): readonly Tag[] {
  const values = new Map([...old, ...fresh].map(({ key, value }) => [key, value]));
  return Array.from(values, ([key, value]) => ({ key, value })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

const COLUMNS = [
  "trace_id",
  "assessment_uuid",
  "kind",
  "name",
  "span_id",
  "source_type",
  "source_id",
  "create_time_ms",
  "last_update_time_ms",
  "value",
  "value_text",
  "value_number",
  "error",
  "rationale",
  "metadata",
  "overrides",
  "is_valid",
] as const;

const UPSERT = bulkInsert("trace_assessments", COLUMNS, {
  target: ["trace_id", "assessment_uuid"],
  update: COLUMNS.slice(2),
});

const updateValid = statement<{ traceId: number; assessmentId: string; isValid: number }>()((db, arg) =>
  db
    .updateTable("trace_assessments")
    .set({ is_valid: arg("isValid") })
    .where("trace_id", "=", arg("traceId"))
    .where("assessment_uuid", "=", arg("assessmentId")),
);

type RowValues = {
  id: number;
  name: string;
  value: string;
  valueText: string;
  valueNumber: number | null;
  error: string | null;
  rationale: string | null;
  metadata: string;
  now: number;
};

const updateRow = statement<RowValues>()((db, arg) =>
  db
    .updateTable("trace_assessments")
    .set({
      name: arg("name"),
      value: arg("value"),
      value_text: arg("valueText"),
      value_number: arg("valueNumber"),
      error: arg("error"),
      rationale: arg("rationale"),
      metadata: arg("metadata"),
      last_update_time_ms: arg("now"),
    })
    .where("id", "=", arg("id")),
);

const deleteRow = statement<{ id: number }>()((db, arg) =>
  db.deleteFrom("trace_assessments").where("id", "=", arg("id")),
);
