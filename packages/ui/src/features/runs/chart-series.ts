import type { Metric } from "@flightdeck/protocol";

export type ChartAxis = "step" | "time";

/** Columns as uPlot takes them: x ascending, y null where there is nothing to draw. */
export type ChartSeries = {
  readonly xs: readonly number[];
  readonly ys: readonly (number | null)[];
  /** Points that cannot be drawn: NaN and infinities, and on a logarithmic scale what is not above zero. */
  readonly skippedCount: number;
};

type ChartOptions = { readonly axis: ChartAxis; readonly isLogarithmic: boolean };

/** Turns a metric's points into columns. Steps stand as they are, times in seconds. */
export function toChartSeries(points: readonly Metric[], { axis, isLogarithmic }: ChartOptions): ChartSeries {
  const xOf = (point: Metric): number => (axis === "step" ? point.step : point.timestampMs / 1000);
  const sorted = points.toSorted((a, b) => xOf(a) - xOf(b));
  const ys = sorted.map(({ value }) => (isDrawable(value, isLogarithmic) ? value : null));
  return { xs: sorted.map(xOf), ys, skippedCount: ys.filter((y) => y === null).length };
}

export type MetricSummary = { readonly last: Metric; readonly min: Metric; readonly max: Metric };

/** The last point and those of the lowest and highest value; undefined for no points. NaN is neither low nor high. */
export function summarizeMetric(points: readonly Metric[]): MetricSummary | undefined {
  const last = points.at(-1);
  if (last === undefined) return undefined;
  const numbers = points.filter(({ value }) => !Number.isNaN(value));
  const min = numbers.reduce((best, point) => (point.value < best.value ? point : best), numbers[0] ?? last);
  const max = numbers.reduce((best, point) => (point.value > best.value ? point : best), numbers[0] ?? last);
  return { last, min, max };
}

function isDrawable(value: number, isLogarithmic: boolean): boolean {
  return Number.isFinite(value) && (!isLogarithmic || value > 0);
}
