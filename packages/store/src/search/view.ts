import type { ViewType } from "@flightdeck/protocol";
import { sql } from "kysely";
import { ALWAYS, type Condition } from "./condition.ts";

/** The live, the deleted, or both, of a table with `deleted_time_ms`. */
export function viewCondition(viewType: ViewType): Condition {
  if (viewType === "ALL") return ALWAYS;
  return viewType === "ACTIVE_ONLY" ? sql`deleted_time_ms IS NULL` : sql`deleted_time_ms IS NOT NULL`;
}
