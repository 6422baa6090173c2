import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import type UPlot from "uplot";
import { formatDuration, formatNumber } from "../../lib/format.ts";
import { useShownTheme } from "../../lib/settings.ts";
import type { ChartAxis, ChartSeries } from "./chart-series.ts";
import type { StepRange } from "./metric-queries.ts";
import { openPlot, plotFrame, type PlotOptions, themeValue } from "./metric-plot.ts";

const HEIGHT_PX = 200;
/** Below this number each point is marked, since a line alone hides where the points are. */
const MARKED_POINTS_MAX = 60;
/** Charts on the same screen share a cursor. */
const CURSOR_GROUP = "metrics";
/** A shorter drag counts as a click. */
const ZOOM_PX_MIN = 6;

type LineChartProps = {
  readonly label: string;
  readonly series: ChartSeries;
  readonly axis: ChartAxis;
  readonly isLogarithmic: boolean;
  /** Draws the smoothed line, with the raw values faintly behind it. */
  readonly isSmoothed: boolean;
  /** Draws the band between the lowest and highest values. */
  readonly isDense: boolean;
  /** Called with the steps selected by dragging, or with undefined for all of them after a double click. */
  readonly onZoom: (range: StepRange | undefined) => void;
};

/** One metric as a line on a canvas as wide as its container. The value under the pointer is shown above the line. */
export function LineChart(props: LineChartProps): ReactNode {
  const { label, series, axis, isLogarithmic, isSmoothed, isDense } = props;
  const container = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const chart = useRef<UPlot>(undefined);
  const theme = useShownTheme();
  const latest = useRef(props);
  latest.current = props;
  const isMarked = series.xs.length <= MARKED_POINTS_MAX;
  useEffect(() => {
    const { current } = container;
    if (current === null) return undefined;
    const options = chartOptions({ axis, isLogarithmic, isSmoothed, isDense, isMarked }, latest, readout);
    const { plot, close } = openPlot(current, options, chartData(latest.current.series));
    chart.current = plot;
    return () => {
      close();
      chart.current = undefined;
    };
  }, [axis, isLogarithmic, isSmoothed, isDense, isMarked, theme]);
  // Add a running run's new points to the existing chart.
  useEffect(() => chart.current?.setData(chartData(series)), [series]);
  return (
    <div className="line-chart">
      <p className="chart-readout" ref={readout} aria-hidden="true" />
      <div ref={container} role="img" aria-label={`Line chart of ${label}`} />
    </div>
  );
}

function chartData({ xs, ys, smooth, low, high }: ChartSeries): UPlot.AlignedData {
  return [[...xs], [...high], [...low], [...ys], [...smooth]];
}

type Looks = Pick<LineChartProps, "axis" | "isLogarithmic" | "isSmoothed" | "isDense"> & {
  readonly isMarked: boolean;
};

function chartOptions(
  { axis, isLogarithmic, isSmoothed, isDense, isMarked }: Looks,
  latest: RefObject<LineChartProps>,
  readout: RefObject<HTMLParagraphElement | null>,
): PlotOptions {
  const colour = themeValue("--chart-1");
  const points = { show: isMarked, size: 5, fill: colour };
  const line = { stroke: colour, width: 1.6, spanGaps: true };
  const unseen = { ...line, width: 0, stroke: "transparent", points: { show: false } };
  return {
    height: HEIGHT_PX,
    ...plotFrame(axis, isLogarithmic),
    cursor: {
      points: { size: 7 },
      sync: { key: CURSOR_GROUP, scales: ["x", null] },
      drag: { x: true, y: false, setScale: false, dist: ZOOM_PX_MIN },
      bind: {
        dblclick: () => () => {
          latest.current.onZoom(undefined);
          return null;
        },
      },
    },
    bands: isDense ? [{ series: [1, 2], fill: themeValue("--chart-band") }] : [],
    series: [
      {},
      { ...unseen, show: isDense },
      { ...unseen, show: isDense },
      {
        ...line,
        width: isDense ? 1 : 1.6,
        ...(isSmoothed && { stroke: themeValue("--chart-faint"), width: 1 }),
        points,
      },
      { ...line, width: 2, show: isSmoothed, points: { show: false } },
    ],
    hooks: {
      setSelect: [(plot) => zoom(plot, latest.current)],
      setCursor: [(plot) => tell(plot, latest.current, readout.current)],
    },
  };
}

/** Converts the selected part of the axis to steps, for which we request detail from the server. */
function zoom(plot: UPlot, { series, onZoom }: LineChartProps): void {
  const { left, width } = plot.select;
  if (width < ZOOM_PX_MIN) return;
  const [from, to] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
  const steps = series.steps.filter((_, index) => {
    const x = series.xs[index] ?? Number.NaN;
    return x >= from && x <= to;
  });
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (steps.length < 2) return;
  const startStep = steps.reduce((low, step) => Math.min(low, step), Infinity);
  const endStep = steps.reduce((high, step) => Math.max(high, step), -Infinity);
  if (endStep > startStep) onZoom({ startStep, endStep });
}

function tell(plot: UPlot, { series, axis, isSmoothed }: LineChartProps, element: HTMLElement | null): void {
  if (element === null) return;
  const index = plot.cursor.idx;
  const value = index === null || index === undefined ? undefined : series.ys[index];
  if (index === null || index === undefined || value === null || value === undefined) {
    element.textContent = "";
    return;
  }
  const x = series.xs[index] ?? 0;
  const place = {
    step: `step ${formatNumber(x)}`,
    time: new Date(x * 1000).toLocaleString(),
    relative: formatDuration(x * 1000),
  }[axis];
  const smooth = series.smooth[index];
  const smoothText = isSmoothed && typeof smooth === "number" ? ` · smoothed ${formatNumber(smooth)}` : "";
  element.textContent = `${place} · ${formatNumber(value)}${smoothText}`;
}
