import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { quoteFilterKey } from "../../lib/filter-text.ts";

export type RunColumnGroup = "attributes" | "metrics" | "params" | "tags";

/** A column of a runs table; `id` is `group.key` and is what addresses and settings hold. */
export type RunColumn = { readonly id: string; readonly group: RunColumnGroup; readonly key: string };

type AttributeColumn = {
  readonly label: string;
  readonly widthPx: number;
  /** What the server's `order_by` calls it; absent where it cannot sort by it. */
  readonly orderBy?: string;
};

/** What every run has. The name is always shown, first. */
export const ATTRIBUTE_COLUMNS: Readonly<Record<string, AttributeColumn>> = {
  run_name: { label: "Run", widthPx: 250, orderBy: "attributes.run_name" },
  status: { label: "Status", widthPx: 108, orderBy: "attributes.status" },
  start_time: { label: "Started", widthPx: 104, orderBy: "attributes.start_time" },
  duration: { label: "Duration", widthPx: 104 },
  user_id: { label: "User", widthPx: 92, orderBy: "attributes.user_id" },
  source: { label: "Source", widthPx: 130, orderBy: quoteFilterKey("tags", SYSTEM_TAGS.sourceName) },
  run_id: { label: "Run ID", widthPx: 270, orderBy: "attributes.run_id" },
};

const VALUE_WIDTH_PX = 116;
const GROUPS: readonly RunColumnGroup[] = ["attributes", "metrics", "params", "tags"];

/** Reads a column's id; undefined for what is none. */
export function parseRunColumn(id: string): RunColumn | undefined {
  const dot = id.indexOf(".");
  const group = GROUPS.find((name) => name === id.slice(0, dot));
  const key = id.slice(dot + 1);
  if (group === undefined || key === "") return undefined;
  if (group === "attributes" && !(key in ATTRIBUTE_COLUMNS)) return undefined;
  return { id, group, key };
}

export function runColumnLabel({ group, key }: RunColumn): string {
  return group === "attributes" ? (ATTRIBUTE_COLUMNS[key]?.label ?? key) : key;
}

export function runColumnWidth({ group, key }: RunColumn): number {
  return group === "attributes" ? (ATTRIBUTE_COLUMNS[key]?.widthPx ?? VALUE_WIDTH_PX) : VALUE_WIDTH_PX;
}

/** The column in the server's `order_by`; undefined where it cannot sort by it. */
export function runColumnOrderBy({ group, key }: RunColumn): string | undefined {
  return group === "attributes" ? ATTRIBUTE_COLUMNS[key]?.orderBy : quoteFilterKey(group, key);
}
