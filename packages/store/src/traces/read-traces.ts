import { AppError, assert, parseUntrustedJson } from "@flightdeck/core";
import {
  LIMITS,
  parseFilter,
  parseOrderBy,
  type SearchOrder,
  type Tag,
  type Trace,
  type TraceInfo,
  type TraceState,
} from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import type { StoreContext } from "../access/store-context.ts";
import { findVisibleIds } from "../access/viewer.ts";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import { ALWAYS } from "../search/condition.ts";
import { nullsLast, type OrderTerm } from "../search/order.ts";
import type { Page } from "../search/page.ts";
import { checkMaxResults, findIds, inOrderOf, nextPage, pageStart } from "../search/search-page.ts";
import { parseExperimentId } from "../tracking/experiment-rows.ts";
import { assessmentsOf } from "./assessment-rows.ts";
import { spansOf } from "./span-rows.ts";
import { COLUMNS, ID, traceCondition } from "./trace-conditions.ts";
import {
  findTraceRows,
  getTraceRow,
  SPANS_ARE_HERE,
  TRACE_METADATA,
  TRACE_TAGS,
  type TraceRow,
} from "./trace-rows.ts";
import type { BatchGetTracesInput, SearchTracesInput } from "./trace-store.ts";

export function* getTraceInfo(traceId: string): Work<TraceInfo> {
  return yield* readTraceInfo(yield* getTraceRow(traceId));
}

export function* getTrace(traceId: string, allowPartial: boolean): Work<Trace> {
  const row = yield* getTraceRow(traceId);
  const info = yield* readTraceInfo(row);
  if (!hasSpansHere(info)) {
    throw new AppError(
      "RESOURCE_DOES_NOT_EXIST",
      `The spans of the trace with ID '${traceId}' are stored as an artifact, not in the tracking store`,
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
    `the requested traces hold ${bytes} bytes of spans, and at most ${LIMITS.batchGetTracesBytesMax} bytes can be returned at once: request fewer traces`,
  );
}

function hasSpansHere({ tags }: TraceInfo): boolean {
  return tags.some(({ key, value }) => key === TRACE_TAGS.spansLocation && value === SPANS_ARE_HERE);
}

/** The client reports the number of spans in the metadata. */
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
    return undefined; // The client wrote invalid JSON. The spans are readable anyway.
  }
}

export function* searchTraces({ visibleTo }: StoreContext, input: SearchTracesInput): Work<Page<TraceInfo>> {
  const { maxResults = LIMITS.searchTracesResultsDefault, filter = "", orderBy = [] } = input;
  checkMaxResults(maxResults, LIMITS.searchTracesResultsMax);
  const tree = parseFilter(filter, "traces");
  const terms = orderTerms(parseOrderBy(orderBy, "traces"));
  const asked = input.experimentIds.map(parseExperimentId);
  const scope = ["traces", asked, filter, orderBy];
  const experimentIds = JSON.stringify(yield* findVisibleIds(visibleTo, "experiment", asked));
  const found = yield* findIds(
    (dialect) => ({
      from: sql`traces`,
      id: ID,
      conditions: [
        sql`traces.experiment_id IN ${dialect.listOfIntegers(sql.val(experimentIds))}`,
        tree === undefined ? ALWAYS : sql`(${traceCondition(tree, dialect)})`,
      ],
      terms,
    }),
    { limit: maxResults, after: pageStart(input.pageToken, scope) },
  );
  const rows = yield* all(selectRows({ ids: JSON.stringify(found.ids) }));
  return {
    items: yield* readTraceInfos(inOrderOf(found.ids, rows)),
    ...nextPage(found.nextPosition, scope),
  };
}

/** The requested order, then MLflow's default: newest first, then id. */
function orderTerms(orders: readonly SearchOrder[]): readonly OrderTerm[] {
  const terms = orders.flatMap(termsOf);
  const has = (key: string): boolean =>
    orders.some(({ field }) => field.kind === "attribute" && field.key === key);
  if (!has("timestamp_ms")) terms.push({ expression: sql`traces.timestamp_ms`, isAscending: false });
  if (!has("request_id")) terms.push({ expression: sql`traces.trace_uuid`, isAscending: true });
  return terms;
}

function termsOf({ field, isAscending }: SearchOrder): readonly OrderTerm[] {
  const { kind, key } = field;
  if (kind === "tag") return nullsLast(text("trace_tags", key), isAscending, "");
  if (kind === "request_metadata") return nullsLast(text("trace_metadata", key), isAscending, "");
  if (key === "name") return nullsLast(text("trace_tags", TRACE_TAGS.name), isAscending, "");
  if (key === "run_id") return nullsLast(text("trace_metadata", TRACE_METADATA.sourceRun), isAscending, "");
  const column = COLUMNS[key];
  assert(column !== undefined, `the grammar has an attribute ${key} without a column`);
  if (key === "execution_time_ms") return nullsLast(column, isAscending, 0);
  return [{ expression: column as RawBuilder<string | number>, isAscending }]; // The other columns are never null.
}

function text(table: "trace_tags" | "trace_metadata", key: string): RawBuilder<string | null> {
  return sql`(SELECT value FROM ${sql.table(table)} WHERE trace_id = ${ID} AND key = ${key})`;
}

/** Reads the traces of the rows without spans, with three queries. */
function* readTraceInfos(rows: readonly TraceRow[]): Work<readonly TraceInfo[]> {
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
    state: row.status as TraceState, // Only the store writes this column.
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

const selectRows = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("traces")
    .selectAll()
    .where("id", "in", dialect.listOfIntegers(arg("ids"))),
);

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
