import type { Metric } from "@flightdeck/protocol";

/** What the horizontal axis shows: steps, wall-clock time, or time since the first point. */
export type ChartAxis = "step" | "time" | "relative";

/** Columns for uPlot: x ascending, y null if there is nothing to draw. Steps are unchanged, times are in seconds. */
export type ChartSeries = {
  readonly xs: readonly number[];
  readonly ys: readonly (number | null)[];
  /** The smoothed line; equals `ys` without smoothing. */
  readonly smooth: readonly (number | null)[];
  /** The lowest and highest value near each point: within less than a pixel on a wide chart. */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** Each point's step, for requesting detail from the server. */
  readonly steps: readonly number[];
  /** Points that cannot be drawn: NaN, infinities and, on a logarithmic scale, values not above zero. */
  readonly skippedCount: number;
};

type ChartOptions = {
  readonly axis: ChartAxis;
  readonly isLogarithmic: boolean;
  /** From 0 (off) to 1 (smoothest). */
  readonly smoothing: number;
};

/** The envelope divides the chart's width into this many parts, each with one lowest and one highest value. */
const ENVELOPE_PARTS = 250;

/** Converts a metric's points to columns. */
export function toChartSeries(points: readonly Metric[], options: ChartOptions): ChartSeries {
  const { axis, isLogarithmic, smoothing } = options;
  const startMs = points.reduce((earliest, { timestampMs }) => Math.min(earliest, timestampMs), Infinity);
  const xOf = ({ step, timestampMs }: Metric): number => {
    if (axis === "step") return step;
    return (axis === "time" ? timestampMs : timestampMs - startMs) / 1000;
  };
  const sorted = points.toSorted((a, b) => xOf(a) - xOf(b));
  const xs = sorted.map(xOf);
  const ys = sorted.map(({ value }) => (isDrawable(value, isLogarithmic) ? value : null));
  return {
    xs,
    ys,
    smooth: smoothing === 0 ? ys : smoothLine(xs, ys, smoothing),
    ...envelopeOf(xs, ys),
    steps: sorted.map(({ step }) => step),
    skippedCount: ys.filter((y) => y === null).length,
  };
}

/** The chart's width counts as this many even steps, regardless of the number of points. */
const WIDTH_STEPS = 1000;
const WEIGHT_MAX = 0.999;

/**
 * An exponential moving average that decays with the distance on the axis, so that it does not depend on the number of
 * points. Dividing by the average of ones keeps it from starting at zero (debiasing as in Adam). Based on the
 * time-weighted average of Weights & Biases.
 */
function smoothLine(
  xs: readonly number[],
  ys: readonly (number | null)[],
  smoothing: number,
): readonly (number | null)[] {
  const span = (xs.at(-1) ?? 0) - (xs[0] ?? 0) || 1;
  const perStep = Math.min(Math.sqrt(smoothing), WEIGHT_MAX);
  let [sum, weights, lastX] = [0, 0, xs[0] ?? 0];
  return ys.map((y, index) => {
    if (y === null) return null;
    const x = xs[index] ?? lastX;
    const kept = perStep ** (((x - lastX) / span) * WIDTH_STEPS);
    sum = sum * kept + y;
    weights = weights * kept + 1;
    lastX = x;
    return sum / weights;
  });
}

function envelopeOf(
  xs: readonly number[],
  ys: readonly (number | null)[],
): Pick<ChartSeries, "low" | "high"> {
  const start = xs[0] ?? 0;
  const span = (xs.at(-1) ?? 0) - start || 1;
  const partOf = (x: number): number => Math.floor(((x - start) / span) * ENVELOPE_PARTS);
  const low = new Map<number, number>();
  const high = new Map<number, number>();
  for (const [index, x] of xs.entries()) {
    const y = ys[index];
    if (y === null || y === undefined) continue;
    const part = partOf(x);
    low.set(part, Math.min(low.get(part) ?? y, y));
    high.set(part, Math.max(high.get(part) ?? y, y));
  }
  return {
    low: xs.map((x) => low.get(partOf(x)) ?? null),
    high: xs.map((x) => high.get(partOf(x)) ?? null),
  };
}

export type MetricSummary = { readonly last: Metric; readonly min: Metric; readonly max: Metric };

/**
 * The last point and those with the lowest and highest value; undefined if there are no points. NaN is neither low nor
 * high.
 */
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
