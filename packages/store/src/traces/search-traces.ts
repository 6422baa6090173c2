import { assert } from "@flightdeck/core";
import { LIMITS, parseFilter, parseOrderBy, type SearchOrder, type TraceInfo } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import { findVisibleIds } from "../access/viewer.ts";
import { statement } from "../database/statement.ts";
import { all, type Work } from "../database/work.ts";
import type { Page } from "../page.ts";
import { ALWAYS } from "../search/condition.ts";
import { nullsLast, type OrderTerm } from "../search/order.ts";
import { checkMaxResults, findIds, inOrderOf, nextPage, pageStart } from "../search/search-page.ts";
import type { StoreContext } from "../tracking/context.ts";
import { parseExperimentId } from "../tracking/experiments.ts";
import { readTraceInfos } from "./read-traces.ts";
import { COLUMNS, ID, traceCondition } from "./trace-conditions.ts";
import { TRACE_METADATA, TRACE_TAGS } from "./trace-names.ts";
import type { SearchTracesInput } from "./trace-store.ts";

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

/** The order asked for, then MLflow's own: newest first, then id. */
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
  return [{ expression: column as RawBuilder<string | number>, isAscending }]; // Only that one may be null.
}

function text(table: "trace_tags" | "trace_metadata", key: string): RawBuilder<string | null> {
  return sql`(SELECT value FROM ${sql.table(table)} WHERE trace_id = ${ID} AND key = ${key})`;
}

const selectRows = statement<{ ids: string }>()((db, arg, dialect) =>
  db
    .selectFrom("traces")
    .selectAll()
    .where("id", "in", dialect.listOfIntegers(arg("ids"))),
);
