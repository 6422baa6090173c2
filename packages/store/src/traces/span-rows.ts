import {
  type Attributes,
  type AttributeValue,
  LIMITS,
  type Span,
  SPAN_ATTRIBUTES,
  spanFromWire,
  spanSchema,
  spanToWire,
  type Tag,
  type TraceState,
} from "@flightdeck/protocol";
import { bulkInsert } from "../database/bulk-insert.ts";
import { statement } from "../database/statement.ts";
import { all, insertRows, type Work } from "../database/work.ts";
import { truncated } from "../validation/text.ts";
import { TRACE_METADATA } from "./trace-rows.ts";

/** How much a trace grew. */
type SpanChange = { readonly count: number; readonly bytes: number };

/** Inserts spans, replacing those with the same id. Runs in a write transaction. */
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

/** Spans by trace row id, the root first, then by start time. */
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
  const bytes = content.length; // Mostly ASCII, so the character count is close enough for a limit.
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

/** MLflow's type of a span without one. */
const DEFAULT_TYPE = "UNKNOWN";

/** Facts about a trace derived from its spans. */
export type SpanFacts = {
  readonly startMs: number;
  /** Absent if no span has ended. */
  readonly endMs?: number | undefined;
  /** Absent without the root span. */
  readonly state?: TraceState | undefined;
  readonly requestPreview?: string | undefined;
  readonly responsePreview?: string | undefined;
  readonly tags: readonly Tag[];
  readonly metadata: readonly Tag[];
};

/** `spans` must not be empty. `resource` describes their sender. */
export function spanFacts(spans: readonly Span[], resource: Attributes): SpanFacts {
  const root = spans.find(({ parentSpanId }) => parentSpanId === undefined);
  const ends = spans.flatMap(({ endTimeUnixNano }) =>
    endTimeUnixNano === undefined ? [] : [milliseconds(endTimeUnixNano)],
  );
  return {
    startMs: earliest(spans.map(({ startTimeUnixNano }) => milliseconds(startTimeUnixNano))),
    ...(ends.length > 0 && { endMs: -earliest(ends.map((end) => -end)) }),
    ...(root !== undefined && rootFacts(root)),
    tags: [...resourceTags(resource), ...(root === undefined ? [] : rootTags(root))],
    metadata: sessionMetadata(spans),
  };
}

/** Unlike `Math.min(...times)`, handles any number of spans. */
function earliest(times: readonly number[]): number {
  return times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function milliseconds(unixNano: bigint): number {
  return Number(unixNano / 1_000_000n);
}

function rootFacts({ status, attributes }: Span): Partial<SpanFacts> {
  const request = attributes.get(SPAN_ATTRIBUTES.inputs);
  const response = attributes.get(SPAN_ATTRIBUTES.outputs);
  return {
    state: status.code === "ERROR" ? "ERROR" : "OK",
    ...(request !== undefined && { requestPreview: preview(request) }),
    ...(response !== undefined && { responsePreview: preview(response) }),
  };
}

function preview(value: AttributeValue): string {
  return truncated(attributeText(value), LIMITS.tracePreviewMadeCharsMax);
}

/** The sender's attributes become tags, except OpenTelemetry's. A sender must not set MLflow's tags. */
function resourceTags(resource: Attributes): readonly Tag[] {
  return [...resource]
    .filter(([key]) => !key.startsWith("telemetry.sdk.") && !key.startsWith("mlflow."))
    .map(([key, value]) => ({ key, value: attributeText(value) }));
}

function rootTags({ attributes }: Span): readonly Tag[] {
  const prefix = SPAN_ATTRIBUTES.traceTagPrefix;
  return [...attributes]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => ({ key: key.slice(prefix.length), value: attributeText(value) }));
}

/** OpenTelemetry's attributes for the user and the conversation. */
const METADATA_BY_ATTRIBUTE = [
  ["gen_ai.conversation.id", TRACE_METADATA.session],
  ["session.id", TRACE_METADATA.session],
  ["user.id", TRACE_METADATA.user],
] as const;

function sessionMetadata(spans: readonly Span[]): readonly Tag[] {
  return spans.flatMap(({ attributes }) =>
    METADATA_BY_ATTRIBUTE.flatMap(([name, key]) => {
      const value = attributes.get(name);
      return value === undefined || value === null ? [] : [{ key, value: attributeText(value) }];
    }),
  );
}

/** Strings unchanged, anything else as JSON. */
function attributeText(value: AttributeValue): string {
  return typeof value === "string" ? value : JSON.stringify(value, jsonValue);
}

/** Converts types that JSON lacks. Rounds integers beyond 2^53, which is fine for display. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value instanceof Map ? Object.fromEntries(value) : value;
}

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
