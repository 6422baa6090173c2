import { SYSTEM_TAGS } from "@flightdeck/protocol";
import { isUserTag } from "../../lib/mlflow-text.ts";
import { compareNatural } from "../../lib/names.ts";
import type { RunRow } from "./run-columns.ts";

/** The keys found in the rows, each group in natural order, and which of them have differing values. */
export type ColumnSummary = {
  /** Attributes that not every run has: `user_id`, `source`. */
  readonly attributes: readonly string[];
  readonly metrics: readonly string[];
  readonly params: readonly string[];
  readonly tags: readonly string[];
  readonly differing: ReadonlySet<string>;
  /** Columns with only numbers, including parameters. Right-aligned so that digits can be compared. */
  readonly numeric: ReadonlySet<string>;
  /** The fraction of rows, 0 to 1, that have a value in each column. */
  readonly coverage: ReadonlyMap<string, number>;
};

/** Defaults: enough to see the answer, few enough to see it without scrolling. */
const METRICS_SHOWN_MAX = 5;
const PARAMS_SHOWN_MAX = 6;

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

const LEADING = ["attributes.status", "attributes.start_time", "attributes.duration"];
const TRAILING = ["user_id", "source"];

/** Keys of all runs, if the rows are only some of them. */
export type KeysOfAll = { readonly [TGroup in "metrics" | "params" | "tags"]?: readonly string[] };

/** Scans the rows once. `differing` holds column ids. */
export function summarizeColumns(rows: readonly RunRow[], more: KeysOfAll = {}): ColumnSummary {
  const first = new Map<string, number | string>();
  const differing = new Set<string>();
  const textual = new Set<string>();
  const counts = new Map<string, number>();
  const known = new Set<string>();
  const note = (id: string, value: number | string): void => {
    counts.set(id, (counts.get(id) ?? 0) + 1);
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
  for (const group of ["metrics", "params", "tags"] as const)
    for (const key of more[group] ?? []) known.add(`${group}.${key}`);
  for (const id of first.keys()) known.add(id);
  const keysOf = (group: string): readonly string[] => keysBelow(`${group}.`, known);
  return {
    attributes: keysOf("attributes"),
    metrics: keysOf("metrics"),
    params: keysOf("params"),
    tags: keysOf("tags").filter(isUserTag),
    differing,
    numeric: new Set(
      [...known].filter((id) => (first.has(id) ? !textual.has(id) : id.startsWith("metrics."))),
    ),
    coverage: new Map([...counts].map(([id, count]) => [id, count / rows.length])),
  };
}

/**
 * The default columns: metrics before parameters, most informative first. If nothing differs, as with a single run, the
 * first ones available.
 */
export function defaultColumnIds(summary: ColumnSummary): readonly string[] {
  return [
    ...LEADING,
    ...mostTelling("metrics", summary).slice(0, METRICS_SHOWN_MAX),
    ...mostTelling("params", summary).slice(0, PARAMS_SHOWN_MAX),
    ...TRAILING.filter((key) => summary.attributes.includes(key)).map((key) => `attributes.${key}`),
  ];
}

/** Ids of the metrics or parameters, most informative first. Of the parameters only those that differ, if any do. */
export function mostTelling(group: "metrics" | "params", summary: ColumnSummary): readonly string[] {
  const all = summary[group].map((key) => `${group}.${key}`);
  const differing = all.filter((id) => summary.differing.has(id));
  const scores = new Map(all.map((id) => [id, tellingScore(id, summary)]));
  const candidates = differing.length > 0 ? differing : all;
  return candidates.toSorted((a, b) => (scores.get(b) ?? 0) - (scores.get(a) ?? 0)); // Ties keep natural order.
}

const HELD_OUT = /(?:^|[_\W])(?:val|valid|validation|test|eval|cv|oof|holdout)(?:$|[_\W])/i;
const TRAINING = /(?:^|[_\W])(?:train|training|batch)(?:$|[_\W])/i;
/** A member of a family of metrics: one per class, fold or layer. */
const MEMBER = /(?:^|[_\W])\d+(?:$|[_\W])/;
const OVERALL =
  /(?:^|[_\W])(?:accuracy|acc|auc|f1|score|loss|rmse|mse|mae|r2|map|ndcg|bleu|rouge|perplexity|reward)(?:$|[_\W])/i;
/** MLflow's own system metrics. */
const OF_MACHINE = /^system\//;

/** Ranks what most runs have first, then what was measured on unseen data, then summary metrics. */
function tellingScore(id: string, { coverage }: ColumnSummary): number {
  const key = id.slice(id.indexOf(".") + 1);
  return (
    4 * (coverage.get(id) ?? 0) +
    (HELD_OUT.test(key) ? 2 : 0) +
    (OVERALL.test(key) ? 1 : 0) -
    (TRAINING.test(key) ? 1 : 0) -
    (MEMBER.test(key) ? 2 : 0) -
    (OF_MACHINE.test(key) ? 8 : 0)
  );
}

function keysBelow(prefix: string, ids: ReadonlySet<string>): readonly string[] {
  return [...ids]
    .filter((id) => id.startsWith(prefix))
    .map((id) => id.slice(prefix.length))
    .toSorted(compareNatural);
}

export type MetricDirection = "min" | "max";

/** Words in a metric's name that mean lower is better. */
const LESS_IS_BETTER =
  /(?:^|[_\W])(?:loss|losses|error|err|errors|rmse|mse|mae|mape|msle|rmsle|smape|wape|perplexity|ppl|deviance|hinge|time|duration|latency|seconds|secs|ms|cost|wer|cer|fpr|fnr|brier|aic|bic)(?:$|[_\W])/i;

/** Guesses from its name whether a metric is better low (losses, errors, times) or high. */
export function metricDirection(key: string): MetricDirection {
  const words = key.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  return LESS_IS_BETTER.test(words) ? "min" : "max";
}

/**
 * The best value of each metric among the rows, ignoring NaN. A metric has no best value if all values are equal or
 * only one run logged it.
 */
export function bestValues(rows: readonly RunRow[]): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  const differing = new Set<string>();
  for (const { metrics } of rows) {
    for (const [key, value] of metrics) {
      if (Number.isNaN(value)) continue;
      const before = best.get(key);
      if (before !== undefined && before !== value) differing.add(key);
      if (before === undefined || isBetter(key, value, before)) best.set(key, value);
    }
  }
  return new Map([...best].filter(([key]) => differing.has(key)));
}

/** The rows with the best values of a metric, best first. Omits rows without a value. */
export function bestRows(rows: readonly RunRow[], key: string, count: number): readonly RunRow[] {
  const valued = rows.filter(({ metrics }) => !Number.isNaN(metrics.get(key) ?? Number.NaN));
  const sign = metricDirection(key) === "min" ? 1 : -1;
  return valued
    .toSorted((a, b) => sign * ((a.metrics.get(key) ?? 0) - (b.metrics.get(key) ?? 0)) || 0) // ∞ − ∞ is NaN.
    .slice(0, count);
}

function isBetter(key: string, value: number, before: number): boolean {
  return metricDirection(key) === "min" ? value < before : value > before;
}
