import { AppError, assert, newId } from "@flightdeck/core";
import type { Tag, TraceInfo } from "@flightdeck/protocol";
import { sql } from "kysely";
import { query, statement } from "../database/statement.ts";
import { all, first, execute, type Work } from "../database/work.ts";
import {
  type ExperimentRow,
  getActiveExperimentRow,
  parseExperimentId,
} from "../tracking/experiment-rows.ts";
import { appendToUri } from "../tracking/uris.ts";
import { insertAssessment } from "./assessments.ts";
import { readTraceInfo } from "./read-traces.ts";
import {
  checkExperiment,
  getTraceRow,
  lockTraceRow,
  lockTraceRowIfAny,
  TRACE_METADATA,
  TRACE_TAGS,
  type TraceRow,
} from "./trace-rows.ts";
import type { DeleteTracesInput, EndTraceV2Input, StartTraceV2Input } from "./trace-store.ts";
import { setTraceMetadata, setTraceTags } from "./trace-texts.ts";

/** Runs in a write transaction. */
export function* startTrace(info: TraceInfo, nowMs: number): Work<TraceInfo> {
  const experiment = yield* getActiveExperimentRow(info.experimentId);
  const row = yield* lockTraceRowIfAny(info.traceId);
  if (row !== undefined) checkExperiment(row, experiment.id);
  const { id } = row ?? (yield* insertTrace(experiment, newTrace(info)));
  if (row !== undefined) yield* joinTrace(row, info);
  yield* setTraceTags(id, [...info.tags, artifactLocationTag(experiment, info.traceId)]);
  yield* setTraceMetadata(id, [...info.traceMetadata, { key: TRACE_METADATA.isFinalized, value: "true" }]);
  for (const assessment of info.assessments) yield* insertAssessment(id, assessment, nowMs);
  return yield* readTraceInfo(yield* getTraceRow(info.traceId));
}

/** Runs in a write transaction. */
export function* startTraceV2(input: StartTraceV2Input): Work<TraceInfo> {
  const { experimentId, timestampMs, requestMetadata = [], tags = [] } = input;
  const experiment = yield* getActiveExperimentRow(experimentId);
  const traceId = newId();
  const trace: NewTrace = { traceId, timestampMs, executionTimeMs: null, status: "IN_PROGRESS" };
  const row = yield* insertTrace(experiment, trace);
  yield* setTraceTags(row.id, [...tags, artifactLocationTag(experiment, traceId)]);
  yield* setTraceMetadata(row.id, requestMetadata);
  return yield* readTraceInfo(row);
}

/** Runs in a write transaction. */
export function* endTraceV2(input: EndTraceV2Input): Work<TraceInfo> {
  const { traceId, timestampMs, state, requestMetadata = [], tags = [] } = input;
  const { id, timestamp_ms: startMs } = yield* lockTraceRow(traceId);
  yield* execute(updateEnd({ id, executionTimeMs: timestampMs - startMs, status: state }));
  yield* setTraceMetadata(id, requestMetadata);
  yield* setTraceTags(id, tags);
  return yield* readTraceInfo(yield* getTraceRow(traceId));
}

type NewTrace = {
  readonly traceId: string;
  readonly timestampMs: number;
  readonly executionTimeMs: number | null;
  readonly status: string;
  readonly clientRequestId?: string | null | undefined;
  readonly requestPreview?: string | null | undefined;
  readonly responsePreview?: string | null | undefined;
};

/** Inserts a trace without spans. Runs in a write transaction. */
export function* insertTrace(experiment: ExperimentRow, trace: NewTrace): Work<TraceRow> {
  const { clientRequestId = null, requestPreview = null, responsePreview = null } = trace;
  const row = yield* first(
    insertRow({
      traceId: trace.traceId,
      experimentId: experiment.id,
      timestampMs: trace.timestampMs,
      executionTimeMs: trace.executionTimeMs,
      status: trace.status,
      clientRequestId,
      requestPreview,
      responsePreview,
    }),
  );
  assert(row !== undefined, "an insert returns its row");
  return row;
}

/** The tag that tells clients where to store the trace's artifacts. */
export function artifactLocationTag(experiment: ExperimentRow, traceId: string): Tag {
  const value = appendToUri(experiment.artifact_location, "traces", traceId, "artifacts");
  return { key: TRACE_TAGS.artifactLocation, value };
}

function newTrace(info: TraceInfo): NewTrace {
  return {
    traceId: info.traceId,
    timestampMs: info.requestTimeMs,
    executionTimeMs: info.executionDurationMs ?? null,
    status: info.state,
    clientRequestId: info.clientRequestId ?? null,
    requestPreview: info.requestPreview ?? null,
    responsePreview: info.responsePreview ?? null,
  };
}

/** Values that the client sets for the whole trace replace those derived from spans. */
function* joinTrace(row: TraceRow, info: TraceInfo): Work<void> {
  yield* execute(
    updateRow({
      id: row.id,
      timestampMs: info.requestTimeMs,
      executionTimeMs: info.executionDurationMs ?? null,
      status: info.state,
      clientRequestId: info.clientRequestId ?? null,
      requestPreview: info.requestPreview ?? row.request_preview,
      responsePreview: info.responsePreview ?? row.response_preview,
    }),
  );
}

type RowValues = {
  timestampMs: number;
  executionTimeMs: number | null;
  status: string;
  clientRequestId: string | null;
  requestPreview: string | null;
  responsePreview: string | null;
};

/** With MLflow's messages, which its client uses too. */
export function checkDeletion({ maxTimestampMs, maxTraces, traceIds = [] }: DeleteTracesInput): void {
  if (maxTimestampMs === undefined && traceIds.length === 0) {
    throw invalid("Either `max_timestamp_millis` or `trace_ids` must be specified.");
  }
  if (maxTimestampMs !== undefined && traceIds.length > 0) {
    throw invalid("Only one of `max_timestamp_millis` and `trace_ids` can be specified.");
  }
  if (traceIds.length > 0 && maxTraces !== undefined) {
    throw invalid("`max_traces` can't be specified if `trace_ids` is specified.");
  }
  if (maxTraces !== undefined && maxTraces <= 0) {
    throw invalid(`\`max_traces\` must be a positive integer, received ${maxTraces}.`);
  }
}

/**
 * Traces deleted per transaction. Each may have hundreds of rows, and on SQLite nothing else runs during a transaction, so a
 * million traces are deleted in steps.
 */
export const DELETE_STEP_TRACES = 200;

/** Deletes at most `limit` traces with their spans, tags and assessments, and returns how many. Runs in a write transaction. */
export function* deleteTraces(input: DeleteTracesInput, limit: number): Work<number> {
  const { maxTimestampMs, traceIds = [] } = input;
  const experimentId = parseExperimentId(input.experimentId);
  const found = yield* all(
    query((db, dialect) => {
      const own = db
        .selectFrom("traces")
        .select("id")
        .where("experiment_id", "=", experimentId)
        .orderBy("timestamp_ms")
        .orderBy("trace_uuid")
        .limit(limit);
      const old = maxTimestampMs === undefined ? own : own.where("timestamp_ms", "<=", maxTimestampMs);
      const list = dialect.listOfTexts(sql.val(JSON.stringify(traceIds)));
      return traceIds.length === 0 ? old : old.where("trace_uuid", "in", list);
    }),
  );
  yield* execute(deleteRows({ ids: JSON.stringify(found.map(({ id }) => id)) }));
  return found.length;
}

function invalid(message: string): AppError {
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

const insertRow = statement<RowValues & { traceId: string; experimentId: number }>()((db, arg) =>
  db
    .insertInto("traces")
    .values({
      trace_uuid: arg("traceId"),
      experiment_id: arg("experimentId"),
      timestamp_ms: arg("timestampMs"),
      execution_time_ms: arg("executionTimeMs"),
      status: arg("status"),
      client_request_id: arg("clientRequestId"),
      request_preview: arg("requestPreview"),
      response_preview: arg("responsePreview"),
      span_count: 0,
      span_bytes: 0,
    })
    .returningAll(),
);

const updateRow = statement<RowValues & { id: number }>()((db, arg) =>
  db
    .updateTable("traces")
    .set({
      timestamp_ms: arg("timestampMs"),
      execution_time_ms: arg("executionTimeMs"),
      status: arg("status"),
      client_request_id: arg("clientRequestId"),
      request_preview: arg("requestPreview"),
      response_preview: arg("responsePreview"),
    })
    .where("id", "=", arg("id")),
);

const updateEnd = statement<{ id: number; executionTimeMs: number; status: string }>()((db, arg) =>
  db
    .updateTable("traces")
    .set({ execution_time_ms: arg("executionTimeMs"), status: arg("status") })
    .where("id", "=", arg("id")),
);

const deleteRows = statement<{ ids: string }>()((db, arg, dialect) =>
  db.deleteFrom("traces").where("id", "in", dialect.listOfIntegers(arg("ids"))),
);
