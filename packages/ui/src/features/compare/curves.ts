import type { Metric } from "@flightdeck/protocol";
import { isUserTag } from "../../lib/mlflow-text.ts";
import type { RunRow } from "../runs/run-columns.ts";

/** A line: x ascending, without duplicates. */
export type Curve = { readonly xs: readonly number[]; readonly ys: readonly number[] };

/** The mean of several curves with a band of one standard deviation to each side. */
export type MeanCurve = Curve & { readonly low: readonly number[]; readonly high: readonly number[] };

export type CurveAxis = "step" | "relative";

/** Converts a run's points to a line. Drops points that cannot be drawn; the last of several at the same x wins. */
export function curveOf(points: readonly Metric[], axis: CurveAxis): Curve {
  const startMs = points.reduce((earliest, { timestampMs }) => Math.min(earliest, timestampMs), Infinity);
  const values = new Map<number, number>();
  for (const { step, timestampMs, value } of points) {
    if (Number.isFinite(value)) values.set(axis === "step" ? step : (timestampMs - startMs) / 1000, value);
  }
  const xs = [...values.keys()].toSorted((a, b) => a - b);
  return { xs, ys: xs.map((x) => values.get(x) ?? Number.NaN) };
}

/** Longer curves are averaged at this many places. */
const MEAN_PLACES = 200;

/**
 * Averages curves wherever at least one is defined. Interpolates linearly between a curve's points and ignores the
 * curve outside its range, so that a run that ended early does not distort the mean.
 */
export function meanCurve(curves: readonly Curve[]): MeanCurve {
  const xs = placesOf(curves);
  const columns = xs.map((x) => spreadOf(curves.flatMap((curve) => valueAt(curve, x) ?? [])));
  return {
    xs,
    ys: columns.map(({ mean }) => mean),
    low: columns.map(({ mean, deviation }) => mean - deviation),
    high: columns.map(({ mean, deviation }) => mean + deviation),
  };
}

function placesOf(curves: readonly Curve[]): readonly number[] {
  const all = [...new Set(curves.flatMap(({ xs }) => xs))].toSorted((a, b) => a - b);
  const [first = 0] = all;
  const last = all.at(-1) ?? 0;
  if (all.length <= MEAN_PLACES) return all;
  return Array.from(
    { length: MEAN_PLACES },
    (_, index) => first + ((last - first) * index) / (MEAN_PLACES - 1),
  );
}

function valueAt({ xs, ys }: Curve, x: number): number | undefined {
  const after = xs.findIndex((place) => place >= x);
  if (after < 0) return undefined;
  const [right = Number.NaN, top = Number.NaN] = [xs[after], ys[after]];
  if (right === x) return top;
  const [left, bottom] = [xs[after - 1], ys[after - 1]];
  if (left === undefined || bottom === undefined) return undefined;
  return bottom + ((top - bottom) * (x - left)) / (right - left);
}

/** The sample standard deviation; 0 for a single value. */
function spreadOf(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}

/** Runs drawn as one line because they share the value of a parameter or tag. */
export type RunGroup = { readonly label: string; readonly rows: readonly RunRow[] };

/** Each run in its own group, or all runs in one. */
export const EACH_RUN = "run";
export const ALL_RUNS = "all";

/** More groups are hard to tell apart. */
const GROUPS_MAX = 8;

/** Columns suitable for grouping: at least two runs share a value, and there are few distinct values. */
export function groupingColumns(rows: readonly RunRow[]): readonly string[] {
  const ids = new Set(
    rows.flatMap(({ params, tags }) => [
      ...[...params.keys()].map((key) => `params.${key}`),
      ...[...tags.keys()].filter(isUserTag).map((key) => `tags.${key}`),
    ]),
  );
  return [...ids].filter((id) => {
    const count = groupRuns(rows, id).length;
    return count >= 2 && count <= GROUPS_MAX && count < rows.length;
  });
}

/** Groups runs by their value of a column, in order of first appearance. */
export function groupRuns(rows: readonly RunRow[], by: string): readonly RunGroup[] {
  const groups = new Map<string, RunRow[]>();
  const [kind, key] = [by.slice(0, by.indexOf(".")), by.slice(by.indexOf(".") + 1)];
  for (const row of rows) {
    const value = by === ALL_RUNS ? "all runs" : (kind === "tags" ? row.tags : row.params).get(key);
    const label = value ?? "none";
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [row]);
    else group.push(row);
  }
  return [...groups].map(([label, members]) => ({ label, rows: members }));
}
