import type { SearchOrder } from "@flightdeck/protocol";
import { type RawBuilder, sql } from "kysely";
import { nullsLast, type OrderTerm } from "../search/order.ts";
import { attributeColumn, valueOf } from "./run-search-conditions.ts";
import type { SearchKeys } from "./run-search-keys.ts";

/** The order asked for, then MLflow's own: newest start first, then run id. */
export function orderTerms(orders: readonly SearchOrder[], keys: SearchKeys): readonly OrderTerm[] {
  const terms = orders.flatMap((order) => termsOf(order, keys));
  const has = (key: string): boolean =>
    orders.some(({ field }) => field.kind === "attribute" && field.key === key);
  if (!has("start_time")) terms.push({ expression: START_TIME, isAscending: false });
  if (!has("run_id")) terms.push({ expression: RUN_UUID, isAscending: true });
  return terms;
}

const START_TIME: RawBuilder<number> = sql`runs.start_time_ms`;
const RUN_UUID: RawBuilder<string> = sql`runs.run_uuid`;

function termsOf({ field, isAscending }: SearchOrder, keys: SearchKeys): readonly OrderTerm[] {
  if (field.kind === "attribute") {
    const column = attributeColumn(field.key);
    if (field.key === "end_time") return nullsLast(column, isAscending, 0);
    return [{ expression: column as RawBuilder<string | number>, isAscending }]; // No other attribute is ever null.
  }
  const keyIds = keys.get(field.key) ?? [];
  if (keyIds.length === 0) return [];
  const owner = { keyIds, runId: sql<number>`runs.id` };
  const value = sql.ref<string | number>("value");
  if (field.kind !== "metric") return nullsLast(valueOf(field, owner, sql`${value}`), isAscending, "");
  // Numbers, then NaN, then runs without the metric, whichever the direction.
  const rank = valueOf(field, owner, sql<number>`is_nan`);
  return [
    { expression: sql<number>`coalesce(${rank}, 2)`, isAscending: true },
    { expression: sql<number>`coalesce(${valueOf(field, owner, sql`${value}`)}, 0)`, isAscending },
  ];
}
