import { AppError, isAppError } from "@flightdeck/core";
import { type Attributes, LIMITS, type Span, SPAN_ATTRIBUTES, type Tag } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { insertRows, execute, type Work } from "../database/work.ts";
import { type ExperimentRow, getActiveExperimentRow } from "../tracking/experiment-rows.ts";
import { getActiveRunRow } from "../tracking/run-rows.ts";
import { checkedTag } from "../validation/entities.ts";
import { type SpanFacts, spanFacts, upsertSpans } from "./span-rows.ts";
import {
  checkExperiment,
  lockTraceRowIfAny,
  SPANS_ARE_HERE,
  TRACE_METADATA,
  TRACE_TAGS,
  type TraceRow,
} from "./trace-rows.ts";
import type { LogSpansInput } from "./trace-store.ts";
import { addTraceMetadata, findTraceMetadata, setTraceTags } from "./trace-texts.ts";
import { artifactLocationTag, insertTrace } from "./traces.ts";

/** Runs in a write transaction. */
export function* logSpans({ experimentId, batches, runId }: LogSpansInput): Work<void> {
  const experiment = yield* getActiveExperimentRow(experimentId);
  const rows: TraceRow[] = [];
  for (const { resource, spans } of batches) {
    for (const [otelTraceId, own] of Map.groupBy(spans, (span) => span.otelTraceId)) {
      rows.push(yield* logTraceSpans(experiment, { traceId: `tr-${otelTraceId}`, spans: own, resource }));
    }
  }
  if (runId !== undefined) yield* linkTraces(rows, runId);
}

type TraceSpans = {
  readonly traceId: string;
  readonly spans: readonly Span[];
  readonly resource: Attributes;
};

function* logTraceSpans(experiment: ExperimentRow, { traceId, spans, resource }: TraceSpans): Work<TraceRow> {
  const facts = spanFacts(spans, resource);
  const known = yield* lockTraceRowIfAny(traceId);
  if (known !== undefined) checkExperiment(known, experiment.id);
  const row = known ?? (yield* startFromSpans(experiment, traceId, facts));
  const change = yield* upsertSpans(
    row.id,
    spans.map((span) => withRequestId(span, traceId)),
  );
  const counts = { spanCount: row.span_count + change.count, spanBytes: row.span_bytes + change.bytes };
  checkSize(traceId, counts);
  yield* execute(updateTrace({ id: row.id, ...counts, ...(yield* joinedFacts(row, facts)) }));
  yield* addTraceMetadata(row.id, facts.metadata.flatMap(validTag));
  yield* setTraceTags(row.id, [
    ...facts.tags.flatMap(validTag),
    { key: TRACE_TAGS.spansLocation, value: SPANS_ARE_HERE },
  ]);
  return row;
}

function* startFromSpans(experiment: ExperimentRow, traceId: string, facts: SpanFacts): Work<TraceRow> {
  const row = yield* insertTrace(experiment, {
    traceId,
    timestampMs: facts.startMs,
    executionTimeMs: null,
    status: "IN_PROGRESS",
  });
  yield* setTraceTags(row.id, [artifactLocationTag(experiment, traceId)]);
  return row;
}

/** Overwrites MLflow's trace id in the span's attributes with the one derived from OpenTelemetry's trace id. */
function withRequestId(span: Span, traceId: string): Span {
  return { ...span, attributes: new Map([...span.attributes, [SPAN_ATTRIBUTES.requestId, traceId]]) };
}

type TraceFacts = {
  timestampMs: number;
  executionTimeMs: number | null;
  status: string;
  requestPreview: string | null;
  responsePreview: string | null;
};

/** Merges the facts of new spans into the trace. Facts that `startTrace` has set are kept. */
function* joinedFacts(row: TraceRow, facts: SpanFacts): Work<TraceFacts> {
  const isFinalized = (yield* findTraceMetadata(row.id, TRACE_METADATA.isFinalized)) !== undefined;
  const isOpen = row.status === "IN_PROGRESS" || row.status === "STATE_UNSPECIFIED";
  return {
    ...(isFinalized
      ? { timestampMs: row.timestamp_ms, executionTimeMs: row.execution_time_ms }
      : joinedTimes(row, facts)),
    status: isOpen ? (facts.state ?? row.status) : row.status,
    requestPreview: row.request_preview ?? facts.requestPreview ?? null,
    responsePreview: row.response_preview ?? facts.responsePreview ?? null,
  };
}

function joinedTimes(
  row: TraceRow,
  { startMs, endMs }: SpanFacts,
): Pick<TraceFacts, "timestampMs" | "executionTimeMs"> {
  const timestampMs = Math.min(row.timestamp_ms, startMs);
  const endBefore = row.execution_time_ms === null ? undefined : row.timestamp_ms + row.execution_time_ms;
  const ends = [endBefore, endMs].filter((end) => end !== undefined);
  return { timestampMs, executionTimeMs: ends.length === 0 ? null : Math.max(...ends) - timestampMs };
}

/** Skips sender attributes that are not valid as tags rather than refusing the spans; the spans still hold them. */
function validTag(tag: Tag): readonly Tag[] {
  try {
    return [checkedTag(tag, "")];
  } catch (error) {
    if (isAppError(error, "INVALID_PARAMETER_VALUE")) return [];
    throw error;
  }
}

type SpanCounts = { readonly spanCount: number; readonly spanBytes: number };

function checkSize(traceId: string, { spanCount, spanBytes }: SpanCounts): void {
  if (spanCount > LIMITS.traceSpansMax) {
    throw tooLarge(traceId, `${LIMITS.traceSpansMax} spans`, spanCount);
  }
  if (spanBytes > LIMITS.traceSpansBytesMax) {
    throw tooLarge(traceId, `${LIMITS.traceSpansBytesMax} bytes of spans`, spanBytes);
  }
}

function tooLarge(traceId: string, allowed: string, got: number): AppError {
  const message = `Trace with ID '${traceId}' may have at most ${allowed}, it would have ${got}`;
  return new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Throws MLflow's message when there are too many. */
export function checkLinks(count: number): void {
  if (count <= LIMITS.linkTracesMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `Cannot link more than ${LIMITS.linkTracesMax} traces to a run in a single request. Provided ${count} traces.`,
  );
}

/** Keeps existing links. Runs in a write transaction. */
export function* linkTraces(traces: readonly Pick<TraceRow, "id">[], runId: string): Work<void> {
  const run = yield* getActiveRunRow(runId);
  const ids = new Set(traces.map(({ id }) => id));
  yield* insertRows(
    INSERT_LINKS,
    Array.from(ids, (id) => [run.id, id]),
  );
}

const updateTrace = statement<TraceFacts & SpanCounts & { id: number }>()((db, arg) =>
  db
    .updateTable("traces")
    .set({
      timestamp_ms: arg("timestampMs"),
      execution_time_ms: arg("executionTimeMs"),
      status: arg("status"),
      request_preview: arg("requestPreview"),
      response_preview: arg("responsePreview"),
      span_count: arg("spanCount"),
      span_bytes: arg("spanBytes"),
    })
    .where("id", "=", arg("id")),
);

const INSERT_LINKS = bulkInsert("trace_runs", ["run_id", "trace_id"], {
  target: ["run_id", "trace_id"],
  update: [],
});
