import { type Run, SYSTEM_TAGS } from "@flightdeck/protocol";
import type { RunsSearch } from "../../lib/addresses.ts";
import { formatDuration } from "../../lib/format.ts";
import { quoteFilterKey } from "../../lib/mlflow-text.ts";

export type RunColumnGroup = "attributes" | "metrics" | "params" | "tags";

/** A column of a runs table. Its `id`, `group.key`, is used in addresses and settings. */
export type RunColumn = { readonly id: string; readonly group: RunColumnGroup; readonly key: string };

type AttributeColumn = {
  readonly label: string;
  readonly widthPx: number;
  /** The column's name in the server's `order_by`; absent if it cannot sort by it. */
  readonly orderBy?: string;
};

/** Columns that every run has. The name is always shown first. */
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

/** Parses a column id; undefined if it is not one. */
export function parseRunColumn(id: string): RunColumn | undefined {
  const dot = id.indexOf(".");
  const group = GROUPS.find((name) => name === id.slice(0, dot));
  const key = id.slice(dot + 1);
  if (group === undefined || key === "") return undefined;
  if (group === "attributes" && !Object.hasOwn(ATTRIBUTE_COLUMNS, key)) return undefined;
  return { id, group, key };
}

export function runColumnLabel({ group, key }: RunColumn): string {
  return group === "attributes" ? (ATTRIBUTE_COLUMNS[key]?.label ?? key) : key;
}

export function runColumnWidth({ group, key }: RunColumn): number {
  return group === "attributes" ? (ATTRIBUTE_COLUMNS[key]?.widthPx ?? VALUE_WIDTH_PX) : VALUE_WIDTH_PX;
}

/** The column in the server's `order_by`; undefined if it cannot sort by it. */
export function runColumnOrderBy({ group, key }: RunColumn): string | undefined {
  return group === "attributes" ? ATTRIBUTE_COLUMNS[key]?.orderBy : quoteFilterKey(group, key);
}

/** A run's value of a column as text, for comparing runs; undefined if it has none. */
export function runColumnText(row: RunRow, { group, key }: RunColumn): string | undefined {
  if (group !== "attributes") return row[group].get(key)?.toString();
  const { runName, status, startTimeMs, endTimeMs, userId, runId } = row.run.info;
  const texts: Readonly<Record<string, string | undefined>> = {
    run_name: runName,
    status,
    start_time: String(startTimeMs),
    duration: endTimeMs === undefined ? undefined : formatDuration(endTimeMs - startTimeMs),
    user_id: row.tags.get(SYSTEM_TAGS.user) ?? userId,
    source: row.tags.get(SYSTEM_TAGS.sourceName),
    run_id: runId,
  };
  return texts[key];
}

/** The server's `order_by`: newest first unless a sort column is set. */
export function runsOrderBy({ sort, dir }: RunsSearch): readonly string[] {
  const column = sort === undefined ? undefined : parseRunColumn(sort);
  const key = column && runColumnOrderBy(column);
  return [`${key ?? "attributes.start_time"} ${dir === "asc" ? "ASC" : "DESC"}`];
}

/** Formats column ids for the address. Escapes commas in keys. */
export function formatColumnIds(ids: readonly string[]): string {
  return ids.map((id) => id.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
}

export function parseColumnIds(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.replaceAll("%2C", ",").replaceAll("%25", "%"))
    .filter((id) => parseRunColumn(id) !== undefined);
}

/** A run with its values indexed by key, which tables with thousands of rows need. */
export type RunRow = {
  readonly run: Run;
  readonly metrics: ReadonlyMap<string, number>;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
};

export function toRunRow(run: Run): RunRow {
  const { metrics, params, tags } = run.data;
  return {
    run,
    metrics: new Map(metrics.map(({ key, value }) => [key, value])),
    params: new Map(params.map(({ key, value }) => [key, value])),
    tags: new Map(tags.map(({ key, value }) => [key, value])),
  };
}

/** The last part of a source's path or URL, which distinguishes programs in a narrow column. */
export function shortSourceName(source: string): string {
  const parts = source.split(/[/\\]/).filter((part) => part !== "");
  return parts.at(-1) ?? source;
}
