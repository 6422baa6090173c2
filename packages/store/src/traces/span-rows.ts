import { type Span, SPAN_ATTRIBUTES, spanFromWire, spanSchema, spanToWire } from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, type Work } from "../database/work.ts";
import { attributeText, milliseconds } from "./span-facts.ts";

/** By how much a trace grew. */
export type SpanChange = { readonly count: number; readonly bytes: number };

/** Part of a write. A span of an id that is there replaces it. */
export function* upsertSpans(traceId: number, spans: readonly Span[]): Work<SpanChange> {
  const contents = new Map(spans.map((span) => [span.spanId, spanRow(traceId, span)]));
  const known = yield* all(selectSizes({ traceId, spanIds: JSON.stringify([...contents.keys()]) }));
  yield* insertRows(
    UPSERT_SPANS,
    Array.from(contents.values(), ({ values }) => values),
  );
  const bytes = (sizes: Iterable<{ readonly bytes: number }>): number =>
    Array.from(sizes).reduce((sum, size) => sum + size.bytes, 0);
  return { count: contents.size - known.length, bytes: bytes(contents.values()) - bytes(known) };
}

/** Spans of traces by the traces' numbers: the root first, then by start. */
export function* spansOf(traceIds: readonly number[]): Work<ReadonlyMap<number, readonly Span[]>> {
  const rows = yield* all(selectContents({ traceIds: JSON.stringify(traceIds) }));
  const byTrace = Map.groupBy(rows, ({ trace_id }) => trace_id);
  return new Map(
    Array.from(byTrace, ([traceId, own]) => [
      traceId,
      own.map(({ content }) => spanFromWire(spanSchema.parse(JSON.parse(content)))).toSorted(byStart),
    ]),
  );
}

function byStart(a: Span, b: Span): number {
  const rootsFirst = Number(a.parentSpanId !== undefined) - Number(b.parentSpanId !== undefined);
  if (rootsFirst !== 0 || a.startTimeUnixNano === b.startTimeUnixNano) return rootsFirst;
  return a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1;
}

type NewSpanRow = { readonly bytes: number; readonly values: readonly (string | number | null)[] };

function spanRow(traceId: number, span: Span): NewSpanRow {
  const content = JSON.stringify(spanToWire(span));
  const bytes = content.length; // ASCII mostly: near enough for a bound.
  const type = span.attributes.get(SPAN_ATTRIBUTES.spanType) ?? DEFAULT_TYPE;
  const values = [
    traceId,
    span.spanId,
    span.parentSpanId ?? null,
    span.name,
    attributeText(type),
    span.status.code,
    milliseconds(span.startTimeUnixNano),
    bytes,
    content,
  ];
  return { bytes, values };
}

/** As MLflow calls a span that nobody has given a type. */
const DEFAULT_TYPE = "UNKNOWN";

const UPSERT_SPANS = bulkInsert(
  "spans",
  ["trace_id", "span_id", "parent_span_id", "name", "type", "status", "start_time_ms", "bytes", "content"],
  {
    target: ["trace_id", "span_id"],
    update: ["parent_span_id", "name", "type", "status", "start_time_ms", "bytes", "content"],
  },
);

const selectSizes = statement<{ traceId: number; spanIds: string }>()((db, arg, dialect) =>
  db
    .selectFrom("spans")
    .select("bytes")
    .where("trace_id", "=", arg("traceId"))
    .where("span_id", "in", dialect.listOfTexts(arg("spanIds"))),
);

const selectContents = statement<{ traceIds: string }>()((db, arg, dialect) =>
  db
    .selectFrom("spans")
    .select(["trace_id", "content"])
    .where("trace_id", "in", dialect.listOfIntegers(arg("traceIds"))),
);
