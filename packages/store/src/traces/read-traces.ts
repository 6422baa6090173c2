import { assert } from "@flightdeck/core";
import type { Tag, TraceInfo, TraceState } from "@flightdeck/protocol";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { assessmentsOf } from "./assessment-rows.ts";
import type { TraceRow } from "./trace-rows.ts";

/** The traces of rows with all that belongs to them but spans, in three queries. */
export function* readTraceInfos(rows: readonly TraceRow[]): Work<readonly TraceInfo[]> {
  if (rows.length === 0) return [];
  const ids = { ids: JSON.stringify(rows.map(({ id }) => id)) };
  const tags = Map.groupBy(yield* all(selectTags(ids)), ({ trace_id }) => trace_id);
  const metadata = Map.groupBy(yield* all(selectMetadata(ids)), ({ trace_id }) => trace_id);
  const assessments = yield* assessmentsOf(rows);
  return rows.map((row) => ({
    traceId: row.trace_uuid,
    experimentId: String(row.experiment_id),
    requestTimeMs: row.timestamp_ms,
    ...(row.execution_time_ms !== null && { executionDurationMs: row.execution_time_ms }),
    state: row.status as TraceState, // The store writes nothing else.
    ...(row.client_request_id !== null && { clientRequestId: row.client_request_id }),
    ...(row.request_preview !== null && { requestPreview: row.request_preview }),
    ...(row.response_preview !== null && { responsePreview: row.response_preview }),
    traceMetadata: (metadata.get(row.id) ?? []).map(textFromRow),
    tags: (tags.get(row.id) ?? []).map(textFromRow),
    assessments: assessments.get(row.id) ?? [],
  }));
}

export function* readTraceInfo(row: TraceRow): Work<TraceInfo> {
  const [info] = yield* readTraceInfos([row]);
  assert(info !== undefined, "one row gives one trace");
  return info;
}

function textFromRow({ key, value }: Tag): Tag {
  return { key, value };
}

const selectTags = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("trace_tags")
    .selectAll()
    .where("trace_id", "in", dialect.listOfIntegers(arg("ids")))
    .orderBy("key"),
);

const selectMetadata = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("trace_metadata")
    .selectAll()
    .where("trace_id", "in", dialect.listOfIntegers(arg("ids")))
    .orderBy("key"),
);
