import type { ViewType } from "@flightdeck/protocol";
import { choiceValue, definedOnly, textValue } from "../../lib/search-values.ts";
import { parseRunColumn, runColumnOrderBy } from "./run-columns.ts";

/** What the address of a runs table holds; a link to it shows the same table. */
export type RunsSearch = {
  /** MLflow's filter grammar. */
  readonly filter?: string;
  /** A column's id. */
  readonly sort?: string;
  readonly dir?: "asc";
  readonly view?: "DELETED_ONLY";
  /** Children beside their parents. */
  readonly layout?: "flat";
  /** Ids of the chosen columns, separated by commas, each percent-encoded. */
  readonly cols?: string;
};

export function parseRunsSearch(search: Record<string, unknown>): RunsSearch {
  return definedOnly({
    filter: textValue(search, "filter"),
    sort: textValue(search, "sort"),
    dir: choiceValue(search, "dir", ["asc"] as const),
    view: choiceValue(search, "view", ["DELETED_ONLY"] as const),
    layout: choiceValue(search, "layout", ["flat"] as const),
    cols: textValue(search, "cols"),
  });
}

/** The server's `order_by`: newest first unless a column says otherwise. */
export function runsOrderBy({ sort, dir }: RunsSearch): readonly string[] {
  const column = sort === undefined ? undefined : parseRunColumn(sort);
  const key = column && runColumnOrderBy(column);
  return [`${key ?? "attributes.start_time"} ${dir === "asc" ? "ASC" : "DESC"}`];
}

export function runsViewType({ view }: RunsSearch): ViewType {
  return view ?? "ACTIVE_ONLY";
}

/** Column ids as the address holds them; a comma inside a key survives. */
export function formatColumnIds(ids: readonly string[]): string {
  return ids.map((id) => id.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
}

export function parseColumnIds(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.replaceAll("%2C", ",").replaceAll("%25", "%"))
    .filter((id) => parseRunColumn(id) !== undefined);
}
