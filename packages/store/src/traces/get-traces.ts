import { AppError, parseUntrustedJson } from "@flightdeck/core";
import { LIMITS, type Trace, type TraceInfo } from "@flightdeck/protocol";
import type { Work } from "../database/work.ts";
import { parseExperimentId } from "../tracking/experiments.ts";
import { readTraceInfo, readTraceInfos } from "./read-traces.ts";
import { spansOf } from "./span-rows.ts";
import { SPANS_ARE_HERE, TRACE_METADATA, TRACE_TAGS } from "./trace-names.ts";
import { findTraceRows, getTraceRow, type TraceRow } from "./trace-rows.ts";
import type { BatchGetTracesInput } from "./trace-store.ts";

export function* getTraceInfo(traceId: string): Work<TraceInfo> {
  return yield* readTraceInfo(yield* getTraceRow(traceId));
}

export function* getTrace(traceId: string, allowPartial: boolean): Work<Trace> {
  const row = yield* getTraceRow(traceId);
  const info = yield* readTraceInfo(row);
  if (!hasSpansHere(info)) {
    throw new AppError(
      "RESOURCE_DOES_NOT_EXIST",
      `The spans of the trace with ID '${traceId}' are not in the tracking store, but among its artifacts`,
    );
  }
  const trace: Trace = { info, spans: (yield* spansOf([row.id])).get(row.id) ?? [] };
  if (allowPartial || isComplete(trace)) return trace;
  throw new AppError(
    "RESOURCE_DOES_NOT_EXIST",
    `Trace with ID ${traceId} is not fully exported yet, please try again later.`,
  );
}

export function* batchGetTraces(input: BatchGetTracesInput): Work<readonly Trace[]> {
  const rows = yield* findRows(input);
  checkAnswerSize(rows);
  const infos = yield* readTraceInfos(rows);
  const spans = yield* spansOf(rows.map(({ id }) => id));
  return infos
    .map((info, index): Trace => ({ info, spans: spans.get(rows[index]?.id ?? 0) ?? [] }))
    .filter((trace) => hasSpansHere(trace.info) && isComplete(trace));
}

export function* batchGetTraceInfos(input: BatchGetTracesInput): Work<readonly TraceInfo[]> {
  return yield* readTraceInfos(yield* findRows(input));
}

function* findRows({ traceIds, experimentIds = [] }: BatchGetTracesInput): Work<readonly TraceRow[]> {
  const experiments = new Set(experimentIds.map(parseExperimentId));
  const rows = new Map((yield* findTraceRows(traceIds)).map((row) => [row.trace_uuid, row]));
  const isWanted = ({ experiment_id }: TraceRow): boolean =>
    experiments.size === 0 || experiments.has(experiment_id);
  return [...new Set(traceIds)].flatMap((traceId) => rows.get(traceId) ?? []).filter(isWanted);
}

function checkAnswerSize(rows: readonly TraceRow[]): void {
  const bytes = rows.reduce((sum, { span_bytes }) => sum + span_bytes, 0);
  if (bytes <= LIMITS.batchGetTracesBytesMax) return;
  throw new AppError(
    "INVALID_PARAMETER_VALUE",
    `the traces asked for hold ${bytes} bytes of spans, at most ${LIMITS.batchGetTracesBytesMax} are answered at once: ask for fewer`,
  );
}

function hasSpansHere({ tags }: TraceInfo): boolean {
  return tags.some(({ key, value }) => key === TRACE_TAGS.spansLocation && value === SPANS_ARE_HERE);
}

/** The client tells in the metadata how many spans there are. */
function isComplete({ info, spans }: Trace): boolean {
  const stats = info.traceMetadata.find(({ key }) => key === TRACE_METADATA.sizeStats);
  return stats === undefined || spans.length >= (spanCountOf(stats.value) ?? 0);
}

function spanCountOf(sizeStats: string): number | undefined {
  try {
    const stats: unknown = parseUntrustedJson(sizeStats);
    const count: unknown = typeof stats === "object" && stats !== null && Reflect.get(stats, "num_spans");
    return typeof count === "number" ? count : undefined;
  } catch {
    return undefined; // The client's own text: whatever it is, the spans are there.
  }
}
