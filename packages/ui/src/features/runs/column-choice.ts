import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { compareNatural } from "../../lib/natural-order.ts";
import type { RunRow } from "./run-row.ts";

/** The keys that the rows carry, each group in natural order, and those among them whose values differ. */
export type ColumnSummary = {
  /** Of the attributes that not every run has: `user_id`, `source`. */
  readonly attributes: readonly string[];
  readonly metrics: readonly string[];
  readonly params: readonly string[];
  readonly tags: readonly string[];
  readonly differing: ReadonlySet<string>;
  /** Columns that hold nothing but numbers, parameters too; their digits are compared, so they stand to the right. */
  readonly numeric: ReadonlySet<string>;
};

/** What is shown unasked: enough to see the answer, few enough to see it without scrolling. */
const METRICS_SHOWN_MAX = 5;
const PARAMS_SHOWN_MAX = 6;

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

const LEADING = ["attributes.status", "attributes.start_time", "attributes.duration"];
const TRAILING = ["user_id", "source"];

/** Looks through the rows once. `differing` holds column ids. */
export function summarizeColumns(rows: readonly RunRow[]): ColumnSummary {
  const first = new Map<string, number | string>();
  const differing = new Set<string>();
  const textual = new Set<string>();
  const note = (id: string, value: number | string): void => {
    const before = first.get(id);
    if (before === undefined) first.set(id, value);
    else if (!Object.is(before, value)) differing.add(id);
    if (typeof value === "string" && !NUMBER.test(value)) textual.add(id);
  };
  for (const { run, metrics, params, tags } of rows) {
    if (run.info.userId !== "" || tags.has(SYSTEM_TAGS.user)) note("attributes.user_id", "");
    if (tags.has(SYSTEM_TAGS.sourceName)) note("attributes.source", "");
    for (const [key, value] of metrics) note(`metrics.${key}`, value);
    for (const [key, value] of params) note(`params.${key}`, value);
    for (const [key, value] of tags) note(`tags.${key}`, value);
  }
  const keysOf = (group: string): readonly string[] => keysBelow(`${group}.`, first);
  return {
    attributes: keysOf("attributes"),
    metrics: keysOf("metrics"),
    params: keysOf("params"),
    tags: keysOf("tags").filter((key) => !key.startsWith("mlflow.")),
    differing,
    numeric: new Set([...first.keys()].filter((id) => !textual.has(id))),
  };
}

/**
 * The columns for someone who has chosen none: what differs between the rows, metrics before parameters; where nothing
 * differs, as with a single run, the first of what there is.
 */
export function defaultColumnIds(summary: ColumnSummary): readonly string[] {
  return [
    ...LEADING,
    ...preferDiffering("metrics", summary).slice(0, METRICS_SHOWN_MAX),
    ...preferDiffering("params", summary).slice(0, PARAMS_SHOWN_MAX),
    ...TRAILING.filter((key) => summary.attributes.includes(key)).map((key) => `attributes.${key}`),
  ];
}

function preferDiffering(group: "metrics" | "params", summary: ColumnSummary): readonly string[] {
  const all = summary[group].map((key) => `${group}.${key}`);
  const differing = all.filter((id) => summary.differing.has(id));
  return differing.length > 0 ? differing : all;
}

function keysBelow(prefix: string, ids: ReadonlyMap<string, unknown>): readonly string[] {
  return [...ids.keys()]
    .filter((id) => id.startsWith(prefix))
    .map((id) => id.slice(prefix.length))
    .toSorted(compareNatural);
}
